import { expect, test } from 'vitest';

import { pathOf } from './request-path';

const toCache = ['browser-frontend', 'frontend-gateway', 'gateway-redis'];

test.each([
  ['a hit is short', { cached: true, source: 'redis', kind: 'search' }, toCache],
  [
    'a search that misses goes to every shard',
    { cached: false, source: 'mongodb', kind: 'search' },
    [...toCache, 'gateway-mongos', 'mongos-shards'],
  ],
  [
    'a product is on one shard, which the answer does not name',
    { cached: false, source: 'mongodb', kind: 'product' },
    [...toCache, 'gateway-mongos'],
  ],
  ['the model is the gateway’s own', { cached: false, source: 'model', kind: 'similar' }, toCache],
] as const)('%s', (_, request, legs) => {
  expect(pathOf(request).legs).toEqual(legs);
});
