/** A logarithmic axis: a hot answer and a cold one differ by orders of magnitude. */
export interface LogScale {
  /** Whole decades, in milliseconds, smallest first. */
  readonly ticks: readonly number[];
  /** Where a time stands, from 0 (the smallest tick) to 1 (the largest). */
  readonly at: (ms: number) => number;
}

/** Decades around the values, at least from 1 to 100 ms, so that a first request has a place. */
export function logScale(values: readonly number[]): LogScale {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(1, ...positive)));
  const high = Math.ceil(Math.log10(Math.max(100, ...positive)));
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const at = (ms: number) => {
    const share = (Math.log10(Math.max(ms, 10 ** low)) - low) / (high - low);
    return Math.min(1, Math.max(0, share));
  };
  return { ticks, at };
}
