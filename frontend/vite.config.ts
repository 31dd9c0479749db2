import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

import { precompress } from './scripts/precompress.js';
import { sizeLimit } from './scripts/size-limit.js';

// In development the page talks to a gateway on this machine, as nginx lets it do when deployed.
const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8000';
const proxy = {
  '/backend': { target: gateway, rewrite: (path: string) => path.replace(/^\/backend/, '') },
};

export default defineConfig({
  plugins: [react(), sizeLimit(120_000), precompress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy },
  preview: { proxy },
  build: {
    // Nothing may be inlined as a data: URL: the Content-Security-Policy admits files only.
    assetsInlineLimit: 0,
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
