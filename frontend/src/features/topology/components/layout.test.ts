import { describe, expect, test } from 'vitest';

import { topologyOf, withContainer } from '../testing';

import { edgesOf } from './edges';
import { layOut } from './layout';
import type { Rect } from './layout';

const clusters = [
  { shards: 2, members: 3 },
  { shards: 1, members: 1 },
  { shards: 5, members: 3 },
  { shards: 3, members: 7 },
];
// From a phone of 360 px without the page's margins to the page's own limit.
const widths = [296, 328, 600, 899, 900, 1200, 1728];

const cases = clusters.flatMap((cluster) => widths.map((width) => ({ ...cluster, width })));

describe.each(cases)('$shards shards of $members members on $width px', (given) => {
  const topology = topologyOf(given);
  const layout = layOut(topology, given.width);
  const boxes = [...layout.boxes.entries()];

  test('every container has a place', () => {
    expect(boxes.map(([name]) => name).sort()).toEqual(
      topology.containers.map(({ name }) => name).sort(),
    );
  });

  test('nothing is outside, and nothing covers anything', () => {
    for (const [name, box] of boxes) {
      expect(box.x, name).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width, name).toBeLessThanOrEqual(given.width);
      expect(box.y + box.height, name).toBeLessThanOrEqual(layout.height);
    }
    const all = [['browser', layout.browser] as const, ...boxes];
    all.forEach(([name, box], i) => {
      for (const [other, second] of all.slice(i + 1)) {
        expect(overlap(box, second), `${name} and ${other}`).toBe(false);
      }
    });
  });

  test('there is room for a name and a role', () => {
    for (const [name, box] of boxes) expect(box.width, name).toBeGreaterThanOrEqual(104);
  });

  test('every set hangs on mongos, and a request has a path to each shard', () => {
    const legs = edgesOf(topology, layout).map(({ leg }) => leg);
    expect(legs.filter((leg) => leg === 'mongos-shards')).toHaveLength(given.shards);
    expect(legs.slice(0, 4)).toEqual([
      'browser-frontend',
      'frontend-gateway',
      'gateway-redis',
      'gateway-mongos',
    ]);
  });
});

test('lines to what is not there are left out', () => {
  const topology = { containers: [], sets: [] };
  expect(edgesOf(topology, layOut(topology, 1200))).toEqual([]);
});

test('the line to a Redis that is down says that it is skipped', () => {
  const topology = withContainer(topologyOf(), 'redis', { healthy: false });
  const labels = edgesOf(topology, layOut(topology, 1400)).map(({ label }) => label?.text);
  expect(labels).toContain('Redis is down: skipped');
  expect(labels).toContain('every request');
});

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
