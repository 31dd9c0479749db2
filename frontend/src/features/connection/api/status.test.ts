import { expect, test } from 'vitest';

import { statusOf } from './status';

const well = { healthy: true, troubles: [] };
const ill = { healthy: false, troubles: ['Redis does not answer'] };

test.each([
  ['nothing is known yet', undefined, false, [], 'checking…'],
  ['all is well', well, false, [], 'healthy'],
  ['the gateway does not tell', undefined, true, [], 'state not known'],
  ['a store is away', ill, false, [], 'Redis does not answer'],
  ['the gateway says no more', { healthy: false, troubles: [] }, false, [], 'not healthy'],
  ['the diagram shows more', well, false, ['shard1 node1'], 'shard1 node1 is down'],
  ['the diagram shows a lot', ill, true, ['Redis', 'mongos'], '2 containers are down'],
])('%s', (_, health, failed, down, text) => {
  expect(statusOf(health, failed, down).text).toBe(text);
});
