import { expect, test } from 'vitest';
import * as z from 'zod/mini';

import { RefusedError, ShapeError } from './errors';
import { Gateway, readRetryAfter } from './gateway';
import { productSchema } from './products';
import { RequestLog } from './request-log';
import type { Transport } from './transport';

interface Recorded {
  status: number;
  body: unknown;
}

const recorded = import.meta.glob<Recorded>('./testdata/*.json', {
  eager: true,
  import: 'default',
});

function answering(name: string, headers: Record<string, string> = {}): Gateway {
  const answer = recorded[`./testdata/${name}.json`];
  if (!answer) throw new Error(`no recorded answer ${name}`);
  return gatewayOf(answer, headers);
}

function gatewayOf(answer: Recorded, headers: Record<string, string> = {}): Gateway {
  const transport: Transport = () =>
    Promise.resolve({ ...answer, headers: new Headers(headers), totalMs: 20 });
  return new Gateway(transport, new RequestLog(), false);
}

const searchSchema = z.object({ count: z.number(), data: z.array(productSchema) });
const asked = {
  path: '/api/search?query=computer',
  kind: 'search',
  label: () => 'computer',
} as const;

test.each([
  ['search-cold', 'mongodb', false, 12],
  ['search-hot', 'redis', true, 1],
] as const)('%s is read and logged', async (name, source, cached, gatewayMs) => {
  const gateway = answering(name);
  const { answer, request } = await gateway.measure(asked, searchSchema);
  expect(answer.count).toBe(20);
  expect(answer.data[0]?.category).toBe('Computers');
  expect(request).toMatchObject({
    source,
    cached,
    stale: false,
    timing: { totalMs: 20, gatewayMs },
  });
  expect(gateway.log.snapshot()).toEqual([request]);
});

test.each([
  ['product-ghost', 404, 'Product not found'],
  ['search-blank', 400, 'Query required'],
  ['search-missing', 422, 'Field required'],
  ['search-101', 422, 'String should have at most 100 characters'],
])('%s is a refusal in the gateway’s own words', async (name, status, message) => {
  const gateway = answering(name);
  const refusal = await gateway.measure(asked, searchSchema).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RefusedError);
  expect(refusal).toMatchObject({ status, message });
  expect(gateway.log.snapshot()).toEqual([]);
});

test('a 429 tells when to try again', async () => {
  const gateway = gatewayOf({ status: 429, body: { detail: 'Too many' } }, { 'retry-after': '17' });
  const before = Date.now();
  const refusal = await gateway.get('/api/trending', z.array(z.string())).catch((e: unknown) => e);
  expect(refusal).toMatchObject({ status: 429, message: 'Too many' });
  expect((refusal as RefusedError).retryAt).toBeGreaterThanOrEqual(before + 17_000);
});

test.each([
  'server selection error: context deadline exceeded, current topology: { Type: Unknown }',
  'dial tcp 172.18.0.4:6379: connect: connection refused',
])('a driver’s words are not for readers: %s', async (detail) => {
  const gateway = gatewayOf({ status: 503, body: { detail } });
  const message = 'A part of the cluster does not answer.';
  await expect(gateway.get('/health', z.unknown())).rejects.toThrow(message);
});

test('a refusal without a readable body still names its status', async () => {
  const gateway = gatewayOf({ status: 500, body: undefined });
  await expect(gateway.get('/health', z.unknown())).rejects.toThrow('The gateway answered 500.');
});

test.each([
  ['not JSON', undefined],
  [
    'a product without a price',
    { source: 'REDIS_CACHE', time: '1ms', cached: true, count: 1, data: [{ _id: 'a' }] },
  ],
  ['no source', { time: '1ms', cached: true, count: 0, data: [] }],
])('%s is not taken for an answer', async (_, body) => {
  const gateway = gatewayOf({ status: 200, body });
  await expect(gateway.measure(asked, searchSchema)).rejects.toBeInstanceOf(ShapeError);
  expect(gateway.log.snapshot()).toEqual([]);
});

test.each([
  [null, undefined],
  ['', undefined],
  ['0', 1000],
  ['30', 31_000],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 60_000],
  ['soon', undefined],
])('Retry-After %j', (header, at) => {
  expect(readRetryAfter(header, 1000)).toBe(at);
});
