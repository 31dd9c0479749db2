import { expect, test } from 'vitest';

import { plainProblem } from './plain-problem';

test.each([
  [
    'list shards: server selection error: context deadline exceeded, current topology: { Type: Unknown }',
    'mongos does not answer, so it is not known which shards there are.',
  ],
  [
    'count documents by shard: connection(mongos:27017[-5]) socket was unexpectedly closed: EOF',
    'mongos does not answer, so it is not known how many products each shard has.',
  ],
  [
    'find the sharded collection: mongo: no documents in result',
    'It is not known how many chunks each shard has.',
  ],
  [
    'dial tcp 172.18.0.4:27017: connect: connection refused',
    'A part of the cluster does not answer.',
  ],
  ['shard2 is being removed', 'shard2 is being removed'],
])('%s', (problem, words) => {
  expect(plainProblem(problem)).toBe(words);
});
