import { Stat, StatList } from '@/components/ui/stat';
import { formatCount, formatKnown, formatMs, formatPercent, NONE } from '@/lib/format';

/** What the cluster tells of itself; null stands for what it has not told. */
export interface ShopFiguresProps {
  readonly hotMs: number | null;
  readonly coldMs: number | null;
  readonly hitRate: number | null;
  readonly shards: number | null;
  readonly products: number | null;
}

/** The four figures that make the point of it all. */
export function ShopFigures({ hotMs, coldMs, hitRate, shards, products }: ShopFiguresProps) {
  return (
    <StatList>
      <Stat
        label="Hot"
        tone="hot"
        value={formatKnown(hotMs, formatMs)}
        note="median search, from Redis"
      />
      <Stat
        label="Cold"
        tone="cold"
        value={formatKnown(coldMs, formatMs)}
        note="median search, from the shards"
      />
      <Stat
        label="Hit rate"
        tone="accent"
        value={formatKnown(hitRate, formatPercent)}
        note="of all answers, from Redis"
      />
      <Stat
        label="Shards"
        value={shards ?? NONE}
        note={products === null ? 'products not counted' : `${formatCount(products)} products`}
      />
    </StatList>
  );
}
