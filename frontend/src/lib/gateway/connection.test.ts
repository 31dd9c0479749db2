import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { settings } from '@/config/settings';

import { ConnectionStore } from './connection';
import { UnreachableError } from './errors';
import type { Reply } from './transport';

const reply: Reply = { status: 503, headers: new Headers(), body: {}, totalMs: 1 };
let reachable = true;
const asked = vi.fn(() =>
  reachable ? Promise.resolve(reply) : Promise.reject(new UnreachableError('nobody there')),
);

beforeEach(() => {
  vi.useFakeTimers();
  reachable = true;
});
afterEach(() => {
  vi.useRealTimers();
});

test('falls back to the demo when nobody answers, and comes back by itself', async () => {
  const store = new ConnectionStore(asked);
  reachable = false;
  await expect(store.watched('/api/search')).rejects.toThrow('nobody there');
  await vi.advanceTimersByTimeAsync(0);
  expect(store.snapshot()).toEqual({ mode: 'demo', why: 'unreachable', reason: 'nobody there' });

  await vi.advanceTimersByTimeAsync(2 * settings.probeInterval);
  expect(store.snapshot().mode).toBe('demo');
  reachable = true;
  await vi.advanceTimersByTimeAsync(settings.probeInterval);
  expect(store.snapshot()).toEqual({ mode: 'live' });

  const before = asked.mock.calls.length;
  await vi.advanceTimersByTimeAsync(10 * settings.probeInterval);
  expect(asked.mock.calls.length).toBe(before);
});

test('one lost request is no reason for a demo', async () => {
  const store = new ConnectionStore(asked);
  asked.mockImplementationOnce(() => Promise.reject(new UnreachableError('a hiccup')));
  await expect(store.watched('/api/search')).rejects.toThrow('a hiccup');
  await vi.advanceTimersByTimeAsync(0);
  expect(store.snapshot()).toEqual({ mode: 'live' });
});

test('a refusal is an answer: no demo while the gateway says 503', async () => {
  const store = new ConnectionStore(asked);
  await expect(store.watched('/api/search')).resolves.toBe(reply);
  await store.probe();
  expect(store.snapshot()).toEqual({ mode: 'live' });
});

test('a chosen demo stays until it is left', async () => {
  const store = new ConnectionStore(asked);
  const heard = vi.fn();
  store.subscribe(heard);
  store.chooseDemo();
  await store.probe();
  expect(store.snapshot()).toEqual({ mode: 'demo', why: 'chosen' });
  store.leaveDemo();
  await vi.advanceTimersByTimeAsync(0);
  expect(store.snapshot()).toEqual({ mode: 'live' });
  expect(heard).toHaveBeenCalledTimes(2);
});
