import { describe, expect, test } from 'vitest';

import { parseMs, parseServerTiming, readTiming, split } from './timing';

test.each([
  ['12ms', 12],
  ['0.420ms', 0.42],
  ['1.5 s', 1500],
  ['350µs', 0.35],
  ['7', 7],
  ['', undefined],
  ['fast', undefined],
  ['-3ms', undefined],
])('parseMs(%j)', (text, ms) => {
  expect(parseMs(text)).toBe(ms);
});

test('Server-Timing: quoted commas separate nothing, entries without a duration do not count', () => {
  expect(parseServerTiming('redis;dur=0.4;desc="GET, then SET", miss, total;dur=1.25')).toEqual([
    { name: 'redis', ms: 0.4 },
    { name: 'total', ms: 1.25 },
  ]);
});

describe('readTiming', () => {
  test('takes the finest figure that is there', () => {
    const headers = new Headers({ 'x-response-time': '8.250ms', 'server-timing': 'mongodb;dur=7' });
    expect(readTiming({ totalMs: 10, wireMs: 9, headers }, '8ms')).toEqual({
      totalMs: 10,
      wireMs: 9,
      gatewayMs: 8.25,
      storeMs: 7,
      precise: true,
    });
  });

  test('falls back to whole milliseconds, and says so', () => {
    expect(readTiming({ totalMs: 10, headers: new Headers() }, '8ms')).toEqual({
      totalMs: 10,
      gatewayMs: 8,
      precise: false,
    });
  });

  test('leaves out what nobody told', () => {
    expect(readTiming({ totalMs: 10, headers: new Headers() })).toEqual({
      totalMs: 10,
      precise: false,
    });
  });
});

test.each([
  [{ totalMs: 12, wireMs: 10, gatewayMs: 6, storeMs: 4 }, [2, 4, 2, 4]],
  [{ totalMs: 10, gatewayMs: 6, storeMs: 4 }, [4, 2, 4]],
  [{ totalMs: 10, gatewayMs: 6 }, [4, 6]],
  [{ totalMs: 10 }, [10]],
  // A rounded gateway time may exceed the browser's total.
  [{ totalMs: 0.7, gatewayMs: 1, storeMs: 2 }, [0, 0, 0.7]],
])('split(%j) adds up to the total', (timing, parts) => {
  const segments = split({ ...timing, precise: true }).map(({ ms }) => ms);
  expect(segments).toEqual(parts);
  expect(segments.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(timing.totalMs);
});
