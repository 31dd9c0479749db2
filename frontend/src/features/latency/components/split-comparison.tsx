import { SourceBadge } from '@/components/answer/source-badge';
import { TimeSplit } from '@/components/answer/time-split';
import { formatMs } from '@/lib/format';
import type { LoggedRequest } from '@/lib/gateway/request-log';

import styles from './split-comparison.module.css';

/** The last cold and the last hot answer on one scale. */
export function SplitComparison({ requests }: { requests: readonly LoggedRequest[] }) {
  const cold = requests.findLast(({ cached }) => !cached);
  const hot = requests.findLast(({ cached }) => cached);
  const shown = [cold, hot].filter((request) => request !== undefined);
  if (shown.length === 0) return <p className={styles.empty}>No requests yet.</p>;
  const scaleMs = Math.max(...shown.map(({ timing }) => timing.totalMs));
  return (
    <ul className={styles.list}>
      {shown.map((request) => (
        <li key={request.id} className={styles.item}>
          <p className={styles.head}>
            <SourceBadge {...request} />
            <span className={styles.label}>{request.label}</span>
            <strong className={styles.total}>{formatMs(request.timing.totalMs)}</strong>
          </p>
          <TimeSplit timing={request.timing} source={request.source} scaleMs={scaleMs} />
        </li>
      ))}
    </ul>
  );
}
