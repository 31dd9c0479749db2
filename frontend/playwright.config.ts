import { defineConfig } from '@playwright/test';

/**
 * Against a deployed stack: BASE_URL, and shell commands that break it and mend it again.
 * KILL_PRIMARY_CMD and RESTORE_CMD find in PRIMARY the member's name on the network, such as
 * shard1-node1; STOP_GATEWAY_CMD and START_GATEWAY_CMD need nothing. Without BASE_URL a mock of the
 * stack stands in, which serves the build in dist.
 */
export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/support/global-setup.ts',
  // One cluster, which some tests break: one after the other.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  outputDir: 'coverage/e2e',
  use: {
    viewport: { width: 1280, height: 900 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      // The system's browser: none is ever downloaded.
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
