import { useState } from 'react';

import type { CacheStats } from '../api/cache-stats';
import { addSample } from '../api/history';
import type { Sample } from '../api/history';

/** The counters over time, as far as they were looked at while the view was open. */
export function useHistory(stats: CacheStats | undefined, at: number): readonly Sample[] {
  const [seen, setSeen] = useState<{
    last: CacheStats | undefined;
    at: number;
    samples: readonly Sample[];
  }>({ last: stats, at, samples: [] });
  if (stats && at !== seen.at) {
    const samples = seen.last ? addSample(seen.samples, seen.last, stats, at) : seen.samples;
    setSeen({ last: stats, at, samples });
  }
  return seen.samples;
}
