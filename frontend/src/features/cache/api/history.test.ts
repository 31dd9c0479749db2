import { expect, test } from 'vitest';

import { hitRate } from './cache-stats';
import type { Counts } from './cache-stats';
import { addSample } from './history';

const stats = (hits: number, misses: number, near = 0): Counts => ({
  hits,
  near,
  misses,
  stale: 0,
});

test('a sample is what was added since the look before', () => {
  expect(addSample([], stats(10, 4), stats(13, 5), 1000)).toEqual([
    { at: 1000, hits: 3, misses: 1 },
  ]);
});

test('copies are hits, too', () => {
  expect(addSample([], stats(10, 4, 2), stats(11, 4, 7), 1000)).toEqual([
    { at: 1000, hits: 6, misses: 0 },
  ]);
});

test('after a restart the counters begin at zero', () => {
  expect(addSample([], stats(10, 4), stats(2, 1), 1000)).toEqual([
    { at: 1000, hits: 2, misses: 1 },
  ]);
});

test('old samples make room', () => {
  let samples: ReturnType<typeof addSample> = [];
  for (let i = 0; i < 150; i++) samples = addSample(samples, stats(i, 0), stats(i + 1, 0), i);
  expect(samples).toHaveLength(120);
  expect(samples.at(-1)?.at).toBe(149);
});

test('the hit rate counts copies and stale answers as the cache’s, and is not known before the first answer', () => {
  expect(hitRate({ hits: 0, near: 0, misses: 0, stale: 0 })).toBeNull();
  expect(hitRate({ hits: 2, near: 3, misses: 2, stale: 1 })).toBe(0.75);
});
