import { useEffect } from 'react';

import { classNames } from '@/lib/class-names';
import { useConnection } from '@/lib/gateway/gateway-context';

import { useHealth } from '../api/health';
import { statusOf } from '../api/status';

import styles from './connection-pill.module.css';

interface ConnectionPillProps {
  /** Names of the containers that are down. */
  readonly down: readonly string[];
}

/** In the header: whether this is the cluster, and how it is. */
export function ConnectionPill({ down }: ConnectionPillProps) {
  const { connection } = useConnection();
  return connection.mode === 'demo' ? <DemoPill /> : <LivePill down={down} />;
}

function DemoPill() {
  const { connection, store } = useConnection();
  const chosen = connection.mode === 'demo' && connection.why === 'chosen';
  return (
    <button
      type="button"
      className={classNames(styles.pill, styles.demo)}
      onClick={chosen ? store.leaveDemo : () => void store.probe()}
      aria-label={chosen ? 'Demo. Back to the cluster' : 'Demo. Look for the cluster again'}
    >
      Demo
    </button>
  );
}

function LivePill({ down }: ConnectionPillProps) {
  const { store } = useConnection();
  const { data, error, refetch } = useHealth();
  const { tone, text } = statusOf(data, error !== null, down);
  // What changed in the diagram has changed here too.
  const seen = down.join();
  useEffect(() => {
    void refetch({ cancelRefetch: false });
  }, [seen, refetch]);
  return (
    <span className={styles.group}>
      <span className={classNames(styles.pill, styles[tone])} role="status">
        <span>
          <span className={styles.live}>Live: </span>
          {text}
        </span>
      </span>
      <button
        type="button"
        className={styles.switch}
        onClick={store.chooseDemo}
        aria-label="Show demo"
      >
        <span className={styles.wide}>Show demo</span>
        <span className={styles.narrow}>Demo</span>
      </button>
    </span>
  );
}
