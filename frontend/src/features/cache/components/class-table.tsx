import { Table } from '@/components/ui/table';
import { formatCount, formatKnown, formatMs, formatPercent, NONE } from '@/lib/format';

import { hitRate, restOf } from '../api/cache-stats';
import type { CacheStats, ClassStats, Counts } from '../api/cache-stats';

/** One row a kind of key (search, product, similar), and one for all, which they add up to. */
export function ClassTable({ stats }: { stats: CacheStats }) {
  const { classes } = stats;
  const rest = restOf(stats);
  const noTimes = [NONE, NONE, NONE, NONE];
  return (
    <Table
      caption="Kinds of keys"
      head={[
        'Keys',
        'Kept for',
        'Hits',
        'Near copies',
        'Misses',
        'Older copies',
        'Hit rate',
        'Hit, median',
        'Hit, 95 %',
        'Miss, median',
        'Miss, 95 %',
      ]}
      numeric={[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}
      rows={[
        ...classes.map((of) => ({
          key: of.class,
          cells: [
            `${of.class}:…`,
            `${of.ttlSeconds} s`,
            ...showCounts(of),
            ...showLatency(of.hitLatency),
            ...showLatency(of.missLatency),
          ],
        })),
        ...(rest
          ? [{ key: 'other', cells: ['Other', NONE, ...showCounts(rest), ...noTimes] }]
          : []),
        { key: 'all', cells: ['All', NONE, ...showCounts(stats), ...noTimes] },
      ]}
    />
  );
}

function showCounts(counts: Counts): string[] {
  const rate = hitRate(counts);
  const { hits, near, misses, stale } = counts;
  return [...[hits, near, misses, stale].map(formatCount), formatKnown(rate, formatPercent)];
}

function showLatency(latency: ClassStats['hitLatency']): [string, string] {
  return latency ? [formatMs(latency.p50Ms), formatMs(latency.p95Ms)] : [NONE, NONE];
}
