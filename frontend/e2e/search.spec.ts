import { expect, freshQuery, test } from './support/stack';

test('the same search is cold, then hot, and says how much faster', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('searchbox').fill(freshQuery('laptop'));
  const answer = page.getByTestId('answer');
  await expect(answer).toHaveAttribute('data-source', 'mongodb');
  await expect(page.getByRole('article').first()).toContainText(/laptop/i);

  await page.getByRole('button', { name: 'Run it again' }).click();
  await expect(answer).toHaveAttribute('data-source', 'redis');
  await expect(answer).toContainText(/× (faster than|the speed of) cold/);
});

test('the start page shows the shop, and a category is a search', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('article').first()).toBeVisible();
  const shards = page
    .locator('dl > div')
    .filter({ has: page.getByText('Shards', { exact: true }) });
  await expect(shards.locator('dd').first()).toHaveText(/^\d+$/);
  await page.getByRole('link', { name: 'Garden', exact: true }).click();
  await expect(page).toHaveURL(/\?q=Garden$/);
  await expect(page.getByRole('heading', { name: 'for “Garden”' })).toBeVisible();
  await expect(page.getByRole('article').first()).toContainText('Garden');
});

test('an address can be shared, pages do not overlap, and back goes back', async ({ page }) => {
  const names = () => page.getByRole('article').getByRole('link').allTextContents();
  await page.goto('/?q=gaming');
  await expect(page.getByRole('article')).toHaveCount(20);
  const first = await names();

  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page).toHaveURL(/\?q=gaming&page=2$/);
  await expect.poll(names).not.toEqual(first);
  const hrefs = page.getByRole('article').getByRole('link');
  const second = await hrefs.evaluateAll((links) => links.map((link) => link.getAttribute('href')));

  await page.goBack();
  await expect(page).toHaveURL(/\?q=gaming$/);
  await expect.poll(names).toEqual(first);
  const again = await hrefs.evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  expect(again.filter((href) => second.includes(href))).toEqual([]);
});

test('a product has its own address and similar products, never itself', async ({ page }) => {
  await page.goto('/?q=headphones');
  await page.getByRole('article').first().getByRole('link').click();
  await expect(page).toHaveURL(/\/products\//);
  const similar = page.getByRole('region', { name: 'Similar products' });
  await expect(similar.getByRole('article')).toHaveCount(4);
  const own = new URL(page.url()).pathname;
  const others = await similar
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  expect(others).not.toContain(own);
});

test('a product that does not exist is said not to', async ({ page }) => {
  await page.goto('/products/000000000000000000000000');
  await expect(page.getByRole('heading', { name: 'There is no such product' })).toBeVisible();
});

test('a 429 says when to try again, and then one can', async ({ page }) => {
  let refuse = true;
  await page.route('**/backend/api/search?**', (route) =>
    refuse
      ? route.fulfill({
          status: 429,
          headers: { 'retry-after': '2' },
          json: { detail: 'Rate limit exceeded' },
        })
      : route.fallback(),
  );
  await page.goto('/?q=laptop');
  await expect(page.getByRole('alert')).toContainText('Rate limit exceeded');
  const again = page.getByRole('button', { name: 'Try again' });
  await expect(again).toBeDisabled();
  refuse = false;
  await expect(again).toBeEnabled();
  await again.click();
  await expect(page.getByRole('article').first()).toBeVisible();
});

test('nothing is fetched from elsewhere, and nothing breaks the policy', async ({
  page,
  baseURL,
}) => {
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${baseURL}/`)) elsewhere.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto('/?q=gaming');
  await page.getByRole('article').first().getByRole('link').click();
  for (const view of ['Latency', 'Topology', 'Cache']) {
    await page.getByRole('link', { name: view }).click();
    await expect(page.getByRole('heading', { level: 1, name: view })).toBeVisible();
  }
  await page.waitForLoadState('load');
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
});
