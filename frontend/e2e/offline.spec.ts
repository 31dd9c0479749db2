import { expect, test } from './support/stack';

test('without the gateway the demo shows unmistakably, and the page comes back by itself', async ({
  page,
  stack,
}) => {
  const banner = page.getByTestId('demo-banner');
  await page.goto('/?q=laptop');
  await expect(page.getByRole('article').first()).toBeVisible();
  await expect(banner).toBeHidden();
  // The demo is fetched while nothing else is going on; once the gateway is gone it must be here.
  await page.waitForLoadState('networkidle');

  await stack.tell('STOP_GATEWAY_CMD');
  try {
    await expect(banner).toContainText('nothing here comes from the cluster', { timeout: 20_000 });
    await expect(page).toHaveTitle(/^\[Demo\]/);
    await expect(page.getByText('Pro Gaming Laptop')).toBeVisible();
    for (const article of await page.getByRole('article').all()) {
      await expect(article).toContainText('Demo');
    }
    for (const view of ['Latency', 'Topology', 'Cache']) {
      await page.getByRole('link', { name: view }).click();
      await expect(page.getByRole('heading', { level: 1, name: view })).toBeVisible();
      await expect(banner).toBeVisible();
    }
  } finally {
    await stack.tell('START_GATEWAY_CMD');
  }
  await expect(banner).toBeHidden({ timeout: 30_000 });
  await page.goto('/?q=laptop');
  await expect(page.getByTestId('answer')).toHaveAttribute('data-source', /mongodb|redis/);
  await expect(page.getByRole('article').first()).not.toContainText('Demo');
});

test('a demo that was chosen stays until it is left', async ({ page }) => {
  await page.goto('/?q=laptop');
  await page.getByRole('button', { name: 'Show demo' }).click();
  const banner = page.getByTestId('demo-banner');
  await expect(banner).toBeVisible();
  await expect(page.getByText('Pro Gaming Laptop')).toBeVisible();
  await banner.getByRole('button', { name: 'Back to the cluster' }).click();
  await expect(banner).toBeHidden();
});
