import { exec } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from '@playwright/test';

import { drawTerminal } from './terminal';

/**
 * The README's pictures, of the deployed stack. UP_CMD and STATUS_CMD are the commands whose output
 * is drawn: with UP_CMD="cat up.log" that of an earlier run.
 */
const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'docs/images');
const MAX_BYTES = 300_000;

const run = promisify(exec);

async function output(command: string): Promise<string> {
  const { stdout } = await run(command, { cwd: root, maxBuffer: 10_000_000 });
  return stdout.trimEnd();
}

/** What a reader looks at in the output of `up`: what was made, and where it is. */
function essence(text: string): string[] {
  const [work = '', rest = ''] = text.split('\nOutputs:\n');
  const results = rest.replace(/(\nDuration: .*)[^]*/, '$1');
  const made = work
    .split('\n')
    .filter((line) => / (created|updated|replaced|deleted|unchanged) /.test(`${line} `));
  const shown = made.length > 16 ? [...made.slice(0, 8), ' …', ...made.slice(-8)] : made;
  return [...shown, '', 'Outputs:', ...results.split('\n')];
}

test.beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});

test('up', async () => {
  const text = await output(process.env.UP_CMD ?? 'make --no-print-directory up');
  writeFileSync(join(folder, 'up.svg'), drawTerminal('make up', essence(text)));
});

test('status', async () => {
  const text = await output(process.env.STATUS_CMD ?? 'make --no-print-directory status');
  writeFileSync(join(folder, 'status.svg'), drawTerminal('make status', text.split('\n')));
});

test('the page after a search', async ({ page }) => {
  const answer = page.getByTestId('answer');
  // Only a search that was cold once shows how much faster it is now: an earlier answer has to leave
  // the cache first.
  await expect(async () => {
    await page.goto('/?q=gaming+laptop');
    await expect(answer).toHaveAttribute('data-source', 'mongodb', { timeout: 3_000 });
  }).toPass({ intervals: [5_000], timeout: 150_000 });
  // More than once: the browser's first requests take longer than the others.
  for (let time = 0; time < 8; time++) {
    const answered = page.waitForResponse(/\/api\/search\?/);
    await page.getByRole('button', { name: 'Run it again' }).click();
    await answered;
  }
  await expect(answer).toHaveAttribute('data-source', 'redis');
  await expect(page.getByRole('article').first()).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(folder, 'page.png'), animations: 'disabled', caret: 'hide' });
});

test('the topology', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto('/topology');
  await expect(page.locator('[data-container]')).toHaveCount(15);
  await expect(page.locator('[data-state="PRIMARY"]')).toHaveCount(3);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({
    path: join(folder, 'topology.png'),
    animations: 'disabled',
    caret: 'hide',
  });
});

test('all of them are small', () => {
  const bytes = readdirSync(folder)
    .map((name) => statSync(join(folder, name)).size)
    .reduce((sum, size) => sum + size, 0);
  expect(bytes, `the pictures in docs/images are ${bytes} bytes`).toBeLessThan(MAX_BYTES);
});
