import type { Counts } from './cache-stats';

/** What happened between two looks at the counters. */
export interface Sample {
  /** Epoch milliseconds of the second look. */
  readonly at: number;
  readonly hits: number;
  readonly misses: number;
}

/** Looks that are kept: four minutes at one every two seconds. */
const KEPT = 120;

/** Adds what changed since the look before; counters that fell belong to a gateway that restarted. */
export function addSample(
  samples: readonly Sample[],
  before: Counts,
  after: Counts,
  at: number,
): readonly Sample[] {
  const restarted = after.hits < before.hits || after.misses < before.misses;
  const from = restarted ? { hits: 0, misses: 0 } : before;
  const sample = { at, hits: after.hits - from.hits, misses: after.misses - from.misses };
  return [...samples, sample].slice(-KEPT);
}
