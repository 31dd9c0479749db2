import { isTechnical } from '@/lib/plain-words';

/** What the gateway asks mongos for, by the words before the driver's own. */
const unknown: readonly (readonly [RegExp, string])[] = [
  [/^list shards\b/i, 'which shards there are'],
  [/^find the config servers\b/i, 'where the config servers are'],
  [/^(?:count chunks|find the sharded collection)\b/i, 'how many chunks each shard has'],
  [/^count documents\b/i, 'how many products each shard has'],
];

/** A problem of the gateway in plain words, the cause first. */
export function plainProblem(problem: string): string {
  const silent = isTechnical(problem);
  const what = unknown.find(([begins]) => begins.test(problem))?.[1];
  if (what !== undefined) {
    return `${silent ? 'mongos does not answer, so it' : 'It'} is not known ${what}.`;
  }
  return silent ? 'A part of the cluster does not answer.' : problem;
}
