import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import type { CacheStats } from '../api/cache-stats';

import { ClassTable } from './class-table';

const redis = { connected: true, keys: 9, memoryBytes: 1, maxMemoryBytes: 0, evictedKeys: 0 };
const classes = [
  { class: 'search', ttlSeconds: 60, hits: 6, near: 4, misses: 2, stale: 0 },
  { class: 'product', ttlSeconds: 300, hits: 1, near: 0, misses: 1, stale: 1 },
];

/** Name, hits, near copies, misses and older copies of each row. */
function rows(stats: CacheStats) {
  render(<ClassTable stats={stats} />);
  return screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => [...row.children].map((cell) => cell.textContent))
    .map(([name, , hits, near, misses, older]) => [name, hits, near, misses, older]);
}

test('the kinds add up to all', () => {
  expect(rows({ hits: 7, near: 4, misses: 3, stale: 1, classes, redis })).toEqual([
    ['search:…', '6', '4', '2', '0'],
    ['product:…', '1', '0', '1', '1'],
    ['All', '7', '4', '3', '1'],
  ]);
});

test('what is of no kind that is told is other', () => {
  expect(rows({ hits: 9, near: 4, misses: 3, stale: 1, classes, redis }).slice(2)).toEqual([
    ['Other', '2', '0', '0', '0'],
    ['All', '9', '4', '3', '1'],
  ]);
});
