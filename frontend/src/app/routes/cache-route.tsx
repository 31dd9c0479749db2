import { Notice } from '@/components/ui/notice';
import { PageHead } from '@/components/ui/page-head';
import { Panel } from '@/components/ui/panel';
import { Problem } from '@/components/ui/problem';
import { Skeleton } from '@/components/ui/skeleton';
import { hitRate, useCacheStats } from '@/features/cache/api/cache-stats';
import type { CacheStats } from '@/features/cache/api/cache-stats';
import { ActivityChart } from '@/features/cache/components/activity-chart';
import { CacheFigures } from '@/features/cache/components/cache-figures';
import { ClassTable } from '@/features/cache/components/class-table';
import { HitRing } from '@/features/cache/components/hit-ring';
import { useHistory } from '@/features/cache/components/use-history';
import { TrySearch } from '@/features/search/components/try-search';

import styles from './dashboard.module.css';

export function CacheRoute() {
  const { data, error, dataUpdatedAt, refetch } = useCacheStats();
  return (
    <div className={styles.page}>
      <PageHead title="Cache">
        Redis keeps every answer for a while. This is how often it had the answer, and how often the
        cluster had to be asked.
      </PageHead>
      <TrySearch />
      {error && <Problem error={error} what="cache" onRetry={() => void refetch()} />}
      {data ? <Content stats={data} at={dataUpdatedAt} /> : !error && <Skeleton height="34rem" />}
    </div>
  );
}

function Content({ stats, at }: { stats: CacheStats; at: number }) {
  const samples = useHistory(stats, at);
  return (
    <>
      {!stats.redis.connected && (
        <Notice icon="unplugged" tone="warn" title="Redis is down">
          <p>
            So every answer comes from MongoDB now. The hits and misses below are counted by the
            gateway.
          </p>
        </Notice>
      )}
      <CacheFigures stats={stats} />
      <div className={styles.columns}>
        <Panel title="Since you opened this view" note="Everybody’s requests, two seconds a bar">
          <ActivityChart samples={samples} />
        </Panel>
        <Panel title="Hit rate by kind">
          <div className={styles.rings}>
            {stats.classes.map((of) => (
              <HitRing key={of.class} name={of.class} rate={hitRate(of)} />
            ))}
          </div>
        </Panel>
      </div>
      <Panel
        title="Kinds of keys"
        note="Times are measured in the gateway, over its last few hundred reads"
      >
        <ClassTable stats={stats} />
      </Panel>
    </>
  );
}
