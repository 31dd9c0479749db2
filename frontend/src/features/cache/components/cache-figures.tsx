import { Stat, StatList } from '@/components/ui/stat';
import { formatBytes, formatCompact, formatCount, formatPercent } from '@/lib/format';

import { hitRate } from '../api/cache-stats';
import type { CacheStats } from '../api/cache-stats';

const NONE = '–';

export function CacheFigures({ stats }: { stats: CacheStats }) {
  const rate = hitRate(stats);
  const { stale, redis } = stats;
  return (
    <StatList>
      <Stat
        label="Hit rate"
        tone="accent"
        value={rate === null ? NONE : formatPercent(rate)}
        note={rate === null ? 'nothing asked yet' : 'since the gateway started'}
      />
      <Stat label="Hits" tone="hot" value={formatCompact(stats.hits)} note="answered by Redis" />
      <Stat
        label="Misses"
        tone="cold"
        value={formatCompact(stats.misses)}
        note={stale > 0 ? `and ${formatCount(stale)} stale answers` : 'not in the cache'}
      />
      <Stat
        label="Keys"
        value={redis.connected ? formatCompact(redis.keys) : NONE}
        note={redis.connected ? `${formatCount(redis.evictedKeys)} evicted` : 'not known'}
      />
      <Stat
        label="Memory"
        value={redis.connected ? formatBytes(redis.memoryBytes) : NONE}
        note={redis.connected ? describeBound(redis.maxMemoryBytes) : 'not known'}
      />
    </StatList>
  );
}

function describeBound(maxMemoryBytes: number): string {
  return maxMemoryBytes > 0 ? `of ${formatBytes(maxMemoryBytes)}` : 'used by Redis';
}
