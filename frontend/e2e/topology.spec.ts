import { expect, freshQuery, test } from './support/stack';

test('the path of a request lights up: short when hot, through every shard when cold', async ({
  page,
}) => {
  await page.goto('/topology');
  await expect(page.locator('[data-container]')).toHaveCount(15);
  const lit = async (edge: string, is: boolean) => {
    await expect(page.locator(`[data-edge="${edge}"]`)).toHaveAttribute('data-lit', String(is));
  };
  await page.getByLabel('Send a search').fill(freshQuery('gaming laptop'));
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('mongos asks every shard and merges')).toBeVisible();
  for (const edge of ['gateway-mongos', 'mongos-shard1ReplSet', 'mongos-shard2ReplSet']) {
    await lit(edge, true);
  }

  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('the cluster is not asked')).toBeVisible();
  await lit('gateway-redis', true);
  await lit('gateway-mongos', false);
});

test('a primary that dies is seen within 3 s, and so is its successor', async ({ page, stack }) => {
  await page.goto('/topology');
  const primaries = page.locator('[data-set="shard1ReplSet"][data-state="PRIMARY"]');
  await expect(primaries).toHaveCount(1);
  const name = (await primaries.getAttribute('data-container')) ?? '';
  const box = page.locator(`[data-container="${name}"]`);

  await stack.tell('KILL_PRIMARY_CMD', { PRIMARY: name });
  try {
    await expect(box).toHaveAttribute('data-health', 'down', { timeout: 3_000 });
    await expect(page.getByRole('log')).toContainText(
      `${name}, the primary of shard1ReplSet, is down`,
    );
    await expect(primaries).toHaveCount(1, { timeout: 30_000 });
    await expect(primaries).not.toHaveAttribute('data-container', name);
    await expect(page.getByRole('log')).toContainText('is the new primary of shard1ReplSet');
  } finally {
    await stack.tell('RESTORE_CMD', { PRIMARY: name });
  }
  await expect(box).toHaveAttribute('data-health', 'up', { timeout: 60_000 });
});

test('the table says what the diagram shows', async ({ page }) => {
  await page.goto('/topology');
  const rows = page.getByRole('region', { name: 'All containers' }).getByRole('row');
  await expect(rows).toHaveCount(16);
  await expect(rows.filter({ hasText: 'Primary' })).toHaveCount(3);
});
