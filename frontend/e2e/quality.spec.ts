import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { expect, test } from './support/stack';

/** Each view, and what shows that it is complete. */
const views: { name: string; open: (page: Page) => Promise<void> }[] = [
  { name: 'start', open: (page) => arrive(page, '/', 'Hot or cold') },
  { name: 'results', open: (page) => arrive(page, '/?q=gaming', 'for “gaming”') },
  { name: 'nothing found', open: (page) => arrive(page, '/?q=zzzzqqq', 'Nothing matches') },
  {
    name: 'product',
    open: async (page) => {
      await arrive(page, '/?q=laptop', 'for “laptop”');
      await page.getByRole('article').first().getByRole('link').click();
      await expect(page.getByTestId('answer')).toHaveCount(2);
    },
  },
  {
    name: 'latency',
    open: async (page) => {
      await arrive(page, '/latency', 'Where the time goes');
      await page.getByRole('button', { name: 'Send' }).click();
      await expect(page.getByRole('row')).toHaveCount(2);
    },
  },
  { name: 'topology', open: (page) => arrive(page, '/topology', 'What changed') },
  { name: 'cache', open: (page) => arrive(page, '/cache', 'Kinds of keys') },
  {
    name: 'no database',
    open: async (page) => {
      await page.route('**/backend/api/products/*', (route) =>
        route.fulfill({ status: 503, json: { detail: 'The product store is unavailable' } }),
      );
      await arrive(page, '/products/000000000000000000000000', 'so the product cannot be shown');
    },
  },
  { name: 'no such page', open: (page) => arrive(page, '/nowhere', 'There is no such page') },
  {
    name: 'demo',
    open: async (page) => {
      await arrive(page, '/topology', 'What changed');
      await page.getByRole('button', { name: 'Show demo' }).click();
      await expect(page.getByTestId('demo-banner')).toBeVisible();
      await expect(page.locator('[data-container]').first()).toBeVisible();
    },
  },
];

async function arrive(page: Page, address: string, heading: string) {
  await page.goto(address);
  await expect(page.getByRole('heading', { name: heading })).toBeVisible();
}

for (const { name, open } of views) {
  test(`${name}: axe finds nothing, light and dark`, async ({ page }) => {
    await open(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
  });

  test(`${name}: fits from 360 to 2560 px`, async ({ page }) => {
    await open(page);
    for (const width of [360, 600, 768, 900, 1280, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      await expect
        .poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth))
        .toBeLessThanOrEqual(0);
    }
  });
}

test('everything works by keyboard', async ({ page }) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('laptop');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'for “laptop”' })).toBeVisible();
  const first = page.getByRole('article').first().getByRole('link');
  await expect(first).toBeVisible();
  await first.focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/products\//);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
});

test('a theme that was chosen stays', async ({ page }) => {
  const isDark = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).colorScheme === 'dark');
  await page.goto('/');
  const theme = page.getByRole('button', { name: /^Theme:/ });
  await theme.click();
  await theme.click();
  expect(await isDark()).toBe(true);
  await page.reload();
  expect(await isDark()).toBe(true);
});

test('a reader who wants less motion gets none', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/topology');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.locator('[data-edge="gateway-redis"]')).toHaveAttribute('data-lit', 'true');
  const longest = await page.evaluate(() =>
    Math.max(0, ...document.getAnimations().map((a) => Number(a.effect?.getTiming().duration))),
  );
  expect(longest).toBeLessThan(1);
});

for (const address of ['/', '/?q=gaming', '/latency', '/topology', '/cache']) {
  test(`${address} hardly moves while it loads, and paints soon`, async ({ page }, info) => {
    await page.goto(address);
    await page.waitForLoadState('networkidle').catch(() => undefined);
    const vitals = await page.evaluate(readVitals);
    info.annotations.push({ type: 'vitals', description: JSON.stringify(vitals) });
    expect(vitals.shift).toBeLessThan(0.02);
    expect(vitals.paintMs).toBeLessThan(2500);
  });
}

/** Cumulative layout shift and largest contentful paint, as Chromium buffered them. */
async function readVitals(): Promise<{ shift: number; paintMs: number }> {
  const read = (type: string) =>
    new Promise<PerformanceEntry[]>((resolve) => {
      const timer = setTimeout(() => {
        resolve([]);
      }, 500);
      new PerformanceObserver((list, observer) => {
        clearTimeout(timer);
        observer.disconnect();
        resolve(list.getEntries());
      }).observe({ type, buffered: true });
    });
  const shifts = (await read('layout-shift')) as (PerformanceEntry & { value: number })[];
  const paints = await read('largest-contentful-paint');
  return {
    shift: shifts.reduce((sum, { value }) => sum + value, 0),
    paintMs: paints.at(-1)?.startTime ?? 0,
  };
}
