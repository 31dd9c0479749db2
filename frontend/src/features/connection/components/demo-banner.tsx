import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { useConnection } from '@/lib/gateway/gateway-context';

import styles from './demo-banner.module.css';

/** Over everything while the demo shows: none of this is the cluster's. */
export function DemoBanner() {
  const { connection, store } = useConnection();
  if (connection.mode === 'live') return null;
  const chosen = connection.why === 'chosen';
  return (
    <div className={styles.banner} role="status" data-testid="demo-banner">
      <div className={styles.inner}>
        <Icon name="unplugged" />
        <p className={styles.text}>
          <strong>Demo: nothing here comes from the cluster.</strong>{' '}
          {chosen
            ? 'Products, times and containers are made up.'
            : `${connection.reason} The page goes back to the cluster as soon as it answers.`}
        </p>
        <Button
          className={styles.button}
          onClick={chosen ? store.leaveDemo : () => void store.probe()}
        >
          {chosen ? 'Back to the cluster' : 'Look again'}
        </Button>
      </div>
    </div>
  );
}
