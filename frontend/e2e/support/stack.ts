import { exec } from 'node:child_process';
import { promisify } from 'node:util';

import { test as base } from '@playwright/test';

const run = promisify(exec);
const DEADLINE_MS = 60_000;

type Command = 'KILL_PRIMARY_CMD' | 'RESTORE_CMD' | 'STOP_GATEWAY_CMD' | 'START_GATEWAY_CMD';

export interface Stack {
  /** Runs one of the commands that break or mend the stack. */
  readonly tell: (command: Command, env?: Record<string, string>) => Promise<void>;
}

/** Tests of the page on whatever stack BASE_URL names. */
export const test = base.extend<{ stack: Stack }>({
  baseURL: async ({}, use) => {
    await use(setting('BASE_URL'));
  },
  stack: async ({}, use) => {
    await use({
      tell: async (command, env = {}) => {
        const line = setting(command);
        await run(line, { env: { ...process.env, ...env }, timeout: DEADLINE_MS });
      },
    });
  },
});

export { expect } from '@playwright/test';

/** A query that finds products and was never asked before: punctuation changes the key, not the words. */
export function freshQuery(words: string): string {
  const marks = Array.from({ length: 10 }, () => '.,:;!?'.charAt(Math.floor(Math.random() * 6)));
  return `${words} ${marks.join('')}`;
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: see playwright.config.ts`);
  return value;
}
