import { expect, test } from 'vitest';

import { topologyOf, withContainer } from '../testing';

import { pathOf } from './request-path';

const well = topologyOf();
const withoutRedis = withContainer(well, 'redis', { healthy: false });

const toGateway = ['browser-frontend', 'frontend-gateway'];
const toCache = [...toGateway, 'gateway-redis'];
const hit = { cached: true, stale: false, source: 'redis', kind: 'search' } as const;
const search = { cached: false, stale: false, source: 'mongodb', kind: 'search' } as const;
const product = { ...search, kind: 'product' } as const;
const similar = { ...search, source: 'model', kind: 'similar' } as const;

test.each([
  ['a hit is short', hit, toCache],
  [
    'a search that misses goes to every shard',
    search,
    [...toCache, 'gateway-mongos', 'mongos-shards'],
  ],
  [
    'a product is on one shard, which the answer does not name',
    product,
    [...toCache, 'gateway-mongos'],
  ],
  ['the model is the gateway’s own', similar, toCache],
])('%s', (_, request, legs) => {
  expect(pathOf(request, well).legs).toEqual(legs);
});

test.each([
  [search, [...toGateway, 'gateway-mongos', 'mongos-shards']],
  [product, [...toGateway, 'gateway-mongos']],
  [similar, toGateway],
])('without Redis a request goes past it, and it is said why: %j', (request, legs) => {
  const path = pathOf(request, withoutRedis);
  expect(path.legs).toEqual(legs);
  expect(path.text).toMatch(/^Redis is down, so /);
  expect(path.text).not.toContain('keeps');
});

test('before the first request it is said as well', () => {
  expect(pathOf(undefined, well).text).toBe('No request was sent yet.');
  expect(pathOf(undefined, withoutRedis).text).toMatch(/^Redis is down, so /);
});

test('a copy that Redis gives because MongoDB is away is no ordinary hit', () => {
  expect(pathOf({ ...hit, stale: true }, well).text).toMatch(/^MongoDB does not answer, so /);
});
