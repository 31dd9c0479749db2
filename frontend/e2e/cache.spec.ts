import { expect, freshQuery, test } from './support/stack';

test('a hit and a miss are counted', async ({ page }) => {
  await page.goto('/cache');
  const figure = (name: string) =>
    page
      .locator('dl > div')
      .filter({ has: page.getByText(name, { exact: true }) })
      .locator('dd')
      .first();
  const read = async (name: string) => Number((await figure(name).textContent())?.replace(',', ''));
  await expect(figure('Hits')).toBeVisible();
  const [hits, misses] = [await read('Hits'), await read('Misses')];

  await page.getByLabel('Send a search').fill(freshQuery('kettle'));
  const outcome = page.locator('form').getByRole('status');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(outcome).toContainText('MongoDB');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(outcome).toContainText('Redis cache');
  await expect.poll(() => read('Hits')).toBe(hits + 1);
  await expect.poll(() => read('Misses')).toBe(misses + 1);
  await expect(page.getByRole('row', { name: /^search:/ })).toContainText('60 s');
});
