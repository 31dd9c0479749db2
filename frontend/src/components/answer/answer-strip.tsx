import { formatMs, formatTimes } from '@/lib/format';
import { useRequests } from '@/lib/gateway/gateway-context';
import type { Measured } from '@/lib/gateway/gateway';
import { speedUpOf } from '@/lib/gateway/speed-up';

import styles from './answer-strip.module.css';
import { SourceBadge } from './source-badge';
import { TimeSplit } from './time-split';

/** Under each answer: who gave it, how long it took and where the time went. */
export function AnswerStrip({ measured }: { measured: Measured<unknown> }) {
  const { request, sourceText } = measured;
  const speedUp = speedUpOf(request, useRequests());
  return (
    <div className={styles.strip} data-testid="answer" data-source={request.source}>
      <div className={styles.head}>
        <SourceBadge {...request} />
        <span className={styles.time}>{formatMs(request.timing.totalMs)}</span>
        {request.stale && (
          <span className={styles.stale}>
            The database does not answer, so this is an older copy from the cache.
          </span>
        )}
        {speedUp && (
          <span className={styles.speedUp}>
            <strong>{formatTimes(speedUp.ratio)}</strong>{' '}
            {speedUp.ratio >= 1 ? 'faster than cold' : 'the speed of cold'} (
            {formatMs(speedUp.coldMs)} → {formatMs(speedUp.hotMs)}
            {speedUp.measure === 'gateway' && ' in the gateway'})
          </span>
        )}
        <span className={styles.said}>“{sourceText}”</span>
      </div>
      <TimeSplit timing={request.timing} source={request.source} />
    </div>
  );
}
