import { classNames } from '@/lib/class-names';
import { useConnection } from '@/lib/gateway/gateway-context';

import { useHealth } from '../api/health';

import styles from './connection-pill.module.css';

/** In the header: whether this is the cluster, and how it is. */
export function ConnectionPill() {
  const { connection } = useConnection();
  return connection.mode === 'demo' ? <DemoPill /> : <LivePill />;
}

function DemoPill() {
  const { connection, store } = useConnection();
  const chosen = connection.mode === 'demo' && connection.why === 'chosen';
  return (
    <button
      type="button"
      className={classNames(styles.pill, styles.demo)}
      onClick={chosen ? store.leaveDemo : () => void store.probe()}
      aria-label={chosen ? 'Demo. Back to the cluster' : 'Demo. Ask for the cluster again'}
    >
      Demo
    </button>
  );
}

function LivePill() {
  const { store } = useConnection();
  const { data, error } = useHealth();
  const { tone, text } = describe(data, error);
  return (
    <span className={styles.group}>
      <span className={classNames(styles.pill, styles[tone])} role="status">
        {text}
      </span>
      <button type="button" className={styles.switch} onClick={store.chooseDemo}>
        Show demo
      </button>
    </span>
  );
}

function describe(health: ReturnType<typeof useHealth>['data'], error: Error | null) {
  if (error) return { tone: 'bad', text: 'Live: health unknown' } as const;
  if (!health) return { tone: 'waiting', text: 'Live' } as const;
  if (health.healthy) return { tone: 'good', text: 'Live: healthy' } as const;
  const away = health.away.length > 0 ? `without ${health.away.join(', ')}` : 'degraded';
  return { tone: 'warn', text: `Live: ${away}` } as const;
}
