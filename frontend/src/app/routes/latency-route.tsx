import { PageHead } from '@/components/ui/page-head';
import { Panel } from '@/components/ui/panel';
import { LatencyChart } from '@/features/latency/components/latency-chart';
import { LatencyStats } from '@/features/latency/components/latency-stats';
import { RequestsTable } from '@/features/latency/components/requests-table';
import { SplitComparison } from '@/features/latency/components/split-comparison';
import { TrySearch } from '@/features/search/components/try-search';
import { useRequests } from '@/lib/gateway/gateway-context';

import styles from './dashboard.module.css';

export function LatencyRoute() {
  const requests = useRequests();
  return (
    <div className={styles.page}>
      <PageHead title="Latency">
        Every answer since you opened the page, and where its time went. Hot answers come from
        Redis, cold ones from the cluster.
      </PageHead>
      <TrySearch />
      <LatencyStats requests={requests} />
      <div className={styles.columns}>
        <Panel title="Last requests" note="Total time seen by the browser, on a logarithmic scale">
          <LatencyChart requests={requests} />
        </Panel>
        <Panel
          title="Where the time goes"
          note="The last cold and the last hot answer on one scale"
        >
          <SplitComparison requests={requests} />
        </Panel>
      </div>
      <Panel title="The same in numbers">
        <RequestsTable requests={requests} />
      </Panel>
    </div>
  );
}
