import { classNames } from '@/lib/class-names';
import { formatMs } from '@/lib/format';
import type { Source } from '@/lib/gateway/source';
import { split } from '@/lib/gateway/timing';
import type { Segment, Timing } from '@/lib/gateway/timing';

import styles from './time-split.module.css';

const names: Record<Segment['part'], string> = {
  browser: 'Browser',
  network: 'Network',
  gateway: 'Gateway',
  store: 'Store',
};

interface TimeSplitProps {
  readonly timing: Timing;
  readonly source: Source;
  /** The total that fills the whole width, to compare several; the answer's own if left out. */
  readonly scaleMs?: number;
}

/** One answer's time as a bar of its parts, with the figures beside it. */
export function TimeSplit({ timing, source, scaleMs = timing.totalMs }: TimeSplitProps) {
  const segments = split(timing);
  return (
    <div className={classNames(styles.split, styles[source])}>
      <div className={styles.bar} aria-hidden="true">
        {segments.map(({ part, ms }) => (
          <span
            key={part}
            className={classNames(styles.segment, styles[part])}
            style={{ width: `${scaleMs > 0 ? (100 * ms) / scaleMs : 0}%` }}
          />
        ))}
      </div>
      <ul className={styles.legend}>
        {segments.map(({ part, ms }) => (
          <li key={part}>
            <span className={classNames(styles.key, styles[part])} aria-hidden="true" />
            {part === 'gateway' && timing.storeMs === undefined
              ? 'Gateway and store'
              : names[part]}{' '}
            <strong>{formatMs(ms)}</strong>
          </li>
        ))}
        {timing.gatewayMs === undefined && <li>Gateway: not known</li>}
      </ul>
    </div>
  );
}
