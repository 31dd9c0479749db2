import { expect, test } from 'vitest';

import { logScale } from './scale';

test('covers the values with whole decades', () => {
  expect(logScale([]).ticks).toEqual([1, 10, 100]);
  expect(logScale([0.3, 1200]).ticks).toEqual([0.1, 1, 10, 100, 1000, 10_000]);
});

test('places by orders of magnitude, and never outside', () => {
  const { at } = logScale([2, 80]);
  expect(at(1)).toBe(0);
  expect(at(10)).toBeCloseTo(0.5);
  expect(at(100)).toBe(1);
  expect(at(0)).toBe(0);
  expect(at(5000)).toBe(1);
});
