import { PageHead } from '@/components/ui/page-head';
import { Panel } from '@/components/ui/panel';
import { Problem } from '@/components/ui/problem';
import { Skeleton } from '@/components/ui/skeleton';
import { TrySearch } from '@/features/search/components/try-search';
import { pathOf } from '@/features/topology/api/request-path';
import { useTopology } from '@/features/topology/api/topology';
import { ContainerTable } from '@/features/topology/components/container-table';
import { EventLog } from '@/features/topology/components/event-log';
import { Legend } from '@/features/topology/components/legend';
import { Problems } from '@/features/topology/components/problems';
import { TopologyDiagram } from '@/features/topology/components/topology-diagram';
import { useEvents } from '@/features/topology/components/use-events';
import { classNames } from '@/lib/class-names';
import { formatClock } from '@/lib/format';
import { useRequests } from '@/lib/gateway/gateway-context';

import styles from './dashboard.module.css';

export function TopologyRoute() {
  const { data, error, dataUpdatedAt, refetch } = useTopology();
  const events = useEvents(data, dataUpdatedAt);
  const request = useRequests().at(-1);
  return (
    <div className={styles.page}>
      <PageHead title="Topology">
        The three nodes and their containers, as they are now. The path of the last request lights
        up.
      </PageHead>
      <TrySearch />
      {error && <Problem error={error} what="cluster" onRetry={() => void refetch()} />}
      {data ? (
        <>
          <section aria-label="The cluster" className={styles.bare}>
            <p className={styles.note} role="status">
              {pathOf(request, data).text}
            </p>
            <TopologyDiagram topology={data} request={request} />
            <Legend />
            <Problems problems={data.problems ?? []} />
          </section>
          <div className={classNames(styles.columns, styles.uneven)}>
            <Panel
              title="All containers"
              note={error ? `Last seen at ${formatClock(dataUpdatedAt)}` : 'Updated every second'}
            >
              <ContainerTable topology={data} />
            </Panel>
            <Panel title="What changed">
              <EventLog events={events} />
            </Panel>
          </div>
        </>
      ) : (
        !error && <Skeleton height="42rem" />
      )}
    </div>
  );
}
