import { defineConfig } from '@playwright/test';

import base from '../../playwright.config';

/** Makes the pictures of the README: `make screenshots`. */
export default defineConfig({
  testDir: '.',
  testMatch: 'pictures.ts',
  workers: 1,
  timeout: 300_000,
  reporter: 'list',
  outputDir: '../../coverage/screenshots',
  use: {
    ...base.use,
    baseURL: process.env.BASE_URL ?? 'http://127.0.0.1:3000',
    viewport: { width: 1280, height: 800 },
    trace: 'off',
  },
});
