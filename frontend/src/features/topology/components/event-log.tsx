import { classNames } from '@/lib/class-names';
import { formatClock } from '@/lib/format';

import styles from './event-log.module.css';
import type { SeenEvent } from './use-events';

export function EventLog({ events }: { events: readonly SeenEvent[] }) {
  return (
    <div role="log" aria-label="What changed">
      {events.length === 0 ? (
        <p className={styles.none}>
          Nothing has changed since you opened this view. Stop a primary, and another member takes
          over.
        </p>
      ) : (
        <ol className={styles.list}>
          {events.map(({ id, at, tone, text }) => (
            <li key={id} className={classNames(styles.event, styles[tone])}>
              <time className={styles.at} dateTime={new Date(at).toISOString()}>
                {formatClock(at)}
              </time>
              {text}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
