import { Table } from '@/components/ui/table';
import { formatCount, formatMs, formatPercent } from '@/lib/format';

import { hitRate } from '../api/cache-stats';
import type { ClassStats } from '../api/cache-stats';

const NONE = '–';

/** One row a kind of key: search, product, similar. */
export function ClassTable({ classes }: { classes: readonly ClassStats[] }) {
  return (
    <Table
      caption="Kinds of keys"
      head={[
        'Keys',
        'Time to live',
        'Hits',
        'Misses',
        'Hit rate',
        'Hit, median',
        'Hit, 95 %',
        'Miss, median',
        'Miss, 95 %',
      ]}
      numeric={[1, 2, 3, 4, 5, 6, 7, 8]}
      rows={classes.map((stats) => {
        const rate = hitRate(stats);
        return {
          key: stats.class,
          cells: [
            `${stats.class}:…`,
            `${stats.ttlSeconds} s`,
            formatCount(stats.hits),
            formatCount(stats.misses),
            rate === null ? NONE : formatPercent(rate),
            ...showLatency(stats.hitLatency),
            ...showLatency(stats.missLatency),
          ],
        };
      })}
    />
  );
}

function showLatency(latency: ClassStats['hitLatency']): [string, string] {
  return latency ? [formatMs(latency.p50Ms), formatMs(latency.p95Ms)] : [NONE, NONE];
}
