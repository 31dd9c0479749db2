import { settings } from '@/config/settings';
import { examples } from '@/config/shop';
import { useCacheStats } from '@/features/cache/api/cache-stats';
import { useTrending } from '@/features/search/api/trending';
import { SearchIntro } from '@/features/search/components/search-intro';
import { CategoryList } from '@/features/shop/components/category-list';
import { Section } from '@/features/shop/components/section';
import { ShopFigures } from '@/features/shop/components/shop-figures';
import { Showcase } from '@/features/shop/components/showcase';
import { useTopology } from '@/features/topology/api/topology';

import { figuresOf } from './start-figures';

/** Before anything was searched: the shop, and what makes it quick. Each part stands alone. */
export function StartView() {
  const { data: stats } = useCacheStats();
  const { data: topology } = useTopology(settings.glanceInterval);
  const { data: trending, isPending } = useTrending();
  return (
    <>
      <ShopFigures {...figuresOf(stats, topology)} />
      <Section title="Categories">
        <CategoryList />
      </Section>
      {/* People's last search, as one of the page's own would be listed among theirs. */}
      <Showcase query={isPending ? undefined : (trending?.[0] ?? examples[0])} />
      <Section title="How it works">
        <SearchIntro />
      </Section>
    </>
  );
}
