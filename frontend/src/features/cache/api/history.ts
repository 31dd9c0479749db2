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
  const found = (counts: Counts) => counts.hits + counts.near;
  const restarted = found(after) < found(before) || after.misses < before.misses;
  const sample = restarted
    ? { at, hits: found(after), misses: after.misses }
    : { at, hits: found(after) - found(before), misses: after.misses - before.misses };
  return [...samples, sample].slice(-KEPT);
}
