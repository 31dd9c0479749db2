import { Stat, StatList } from '@/components/ui/stat';
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatKnown,
  formatPercent,
  NONE,
} from '@/lib/format';

import { hitRate } from '../api/cache-stats';
import type { CacheStats } from '../api/cache-stats';

export function CacheFigures({ stats }: { stats: CacheStats }) {
  const rate = hitRate(stats);
  const { near, stale, redis } = stats;
  return (
    <StatList>
      <Stat
        label="Hit rate"
        tone="accent"
        value={formatKnown(rate, formatPercent)}
        note={rate === null ? 'no requests yet' : 'since the gateway started'}
      />
      <Stat
        label="Hits"
        tone="hot"
        value={formatCompact(stats.hits + near)}
        note={
          near > 0 ? `${formatCompact(near)} from copies of the last second` : 'answered by Redis'
        }
      />
      <Stat
        label="Misses"
        tone="cold"
        value={formatCompact(stats.misses)}
        note={stale > 0 ? `and ${formatCount(stale)} from older copies` : 'not in the cache'}
      />
      <Stat
        label="Keys"
        value={redis.connected ? formatCompact(redis.keys) : NONE}
        note={redis.connected ? describeKeys(redis.evictedKeys) : 'not known'}
      />
      <Stat
        label="Memory"
        value={redis.connected ? formatBytes(redis.memoryBytes) : NONE}
        note={redis.connected ? describeBound(redis.maxMemoryBytes) : 'not known'}
      />
    </StatList>
  );
}

/** Not answers only: more than the kinds of answers in the table add up to. */
function describeKeys(evicted: number): string {
  const pushedOut = evicted > 0 ? `; ${formatCount(evicted)} pushed out` : '';
  return `answers, spare copies and counters${pushedOut}`;
}

function describeBound(maxMemoryBytes: number): string {
  return maxMemoryBytes > 0 ? `of ${formatBytes(maxMemoryBytes)}` : 'used by Redis';
}
