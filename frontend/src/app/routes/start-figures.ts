import { hitRate } from '@/features/cache/api/cache-stats';
import type { CacheStats } from '@/features/cache/api/cache-stats';
import type { ShopFiguresProps } from '@/features/shop/components/shop-figures';
import type { Topology } from '@/features/topology/api/topology';

/** The start page's figures, as far as the gateway has told them. */
export function figuresOf(
  stats: CacheStats | undefined,
  topology: Topology | undefined,
): ShopFiguresProps {
  const searches = stats?.classes.find((of) => of.class === 'search');
  const shards = topology?.sets.filter(({ kind }) => kind === 'shard') ?? [];
  const held = shards.map(({ documents }) => documents).filter((count) => count != null);
  const isCounted = shards.length > 0 && held.length === shards.length;
  return {
    hotMs: searches?.hitLatency?.p50Ms ?? null,
    coldMs: searches?.missLatency?.p50Ms ?? null,
    hitRate: stats ? hitRate(stats) : null,
    shards: shards.length > 0 ? shards.length : null,
    products: isCounted ? held.reduce((sum, count) => sum + count, 0) : null,
  };
}
