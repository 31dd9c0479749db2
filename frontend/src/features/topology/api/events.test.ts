import { expect, test } from 'vitest';

import { topologyOf, withContainer } from '../testing';

import { eventsBetween } from './events';

const well = topologyOf();
const fallen = withContainer(well, 'shard1-node1', { healthy: false, state: 'DOWN' });
const elected = withContainer(fallen, 'shard1-node2', { state: 'PRIMARY' });
const back = withContainer(elected, 'shard1-node1', { healthy: true, state: 'SECONDARY' });

test('a failover reads as it happened', () => {
  const texts = [
    [well, fallen],
    [fallen, elected],
    [elected, back],
  ].map(([before = well, after = well]) => eventsBetween(before, after).map(({ text }) => text));
  expect(texts).toEqual([
    [
      'shard1-node1, the primary of shard1ReplSet, is down',
      'shard1ReplSet has no primary now: its members elect another',
    ],
    ['shard1-node2 is the new primary of shard1ReplSet'],
    ['shard1-node1 is back'],
  ]);
});

test('where nothing changed, nothing happened', () => {
  expect(eventsBetween(well, well)).toEqual([]);
});

test('causes come before their effects', () => {
  const handedOver = withContainer(
    withContainer(fallen, 'shard2-node1', { state: 'SECONDARY' }),
    'shard2-node3',
    { state: 'PRIMARY' },
  );
  expect(eventsBetween(well, handedOver).map(({ text }) => text)).toEqual([
    'shard1-node1, the primary of shard1ReplSet, is down',
    'shard2-node1 was primary and is secondary now',
    'shard1ReplSet has no primary now: its members elect another',
    'shard2-node3 is the new primary of shard2ReplSet',
  ]);
});

test('a container that is new, gone or not known tells nothing', () => {
  const unknown = withContainer(well, 'redis-ui', { healthy: null });
  const gone = { ...well, containers: well.containers.slice(1) };
  expect(eventsBetween(well, unknown)).toEqual([]);
  expect(eventsBetween(gone, well)).toEqual([]);
});
