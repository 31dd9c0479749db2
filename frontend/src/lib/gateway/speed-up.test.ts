import { expect, test } from 'vitest';

import type { LoggedRequest } from './request-log';
import { median, speedUpOf, summarize } from './speed-up';

let id = 0;
function request(
  path: string,
  cached: boolean,
  totalMs: number,
  gatewayMs?: number,
): LoggedRequest {
  return {
    id: id++,
    at: 0,
    kind: 'search',
    label: path,
    path,
    source: cached ? 'redis' : 'mongodb',
    cached,
    stale: false,
    demo: false,
    timing: {
      totalMs,
      precise: gatewayMs !== undefined,
      ...(gatewayMs !== undefined && { gatewayMs }),
    },
  };
}

test('a hot answer is compared with the last cold one to the same request', () => {
  const old = request('/a', false, 500, 400);
  const cold = request('/a', false, 130, 120);
  const other = request('/b', false, 900, 800);
  const hot = request('/a', true, 8, 4);
  expect(speedUpOf(hot, [old, cold, other, hot])).toEqual({
    ratio: 30,
    coldMs: 120,
    hotMs: 4,
    measure: 'gateway',
  });
});

test('without exact figures the browser’s are compared', () => {
  const cold = request('/a', false, 130);
  const hot = request('/a', true, 13);
  expect(speedUpOf(hot, [cold, hot])).toMatchObject({ ratio: 10, measure: 'browser' });
});

test('there is nothing to compare a cold answer with, or a hot one that was never cold', () => {
  const cold = request('/a', false, 130);
  const hot = request('/b', true, 5);
  expect(speedUpOf(cold, [cold])).toBeNull();
  expect(speedUpOf(hot, [cold, hot])).toBeNull();
});

test('the summary compares medians', () => {
  const requests = [
    request('/a', false, 100, 90),
    request('/b', false, 120, 110),
    request('/a', true, 9, 5),
  ];
  expect(summarize(requests)).toEqual({
    hot: { count: 1, medianMs: 5, browserMs: 9 },
    cold: { count: 2, medianMs: 100, browserMs: 110 },
    measure: 'gateway',
    speedUp: { ratio: 20, coldMs: 100, hotMs: 5, measure: 'gateway' },
  });
  expect(summarize([]).speedUp).toBeNull();
});

test.each([
  [[], null],
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2.5],
])('median(%j)', (values, expected) => {
  expect(median(values)).toBe(expected);
});
