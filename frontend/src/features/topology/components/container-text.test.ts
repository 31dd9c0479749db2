import { expect, test } from 'vitest';

import { shortName, spokenName } from './container-text';

test.each([
  ['shard1-node1', 'shard1 node1'],
  ['cluster-shard12-node3', 'shard12 node3'],
  ['config-server-2', 'config 2'],
  ['cluster-config-2', 'config 2'],
  ['mongos', 'mongos'],
  ['api-gateway', 'api-gateway'],
])('%s is shown as %s', (name, short) => {
  expect(shortName(name)).toBe(short);
});

test('in a sentence Redis has its own name', () => {
  expect(spokenName({ name: 'redis-cache', kind: 'redis', node: 'B' })).toBe('Redis');
  expect(spokenName({ name: 'shard1-node1', kind: 'shard', node: 'A' })).toBe('shard1 node1');
});
