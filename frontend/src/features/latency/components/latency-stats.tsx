import { Stat, StatList } from '@/components/ui/stat';
import { formatMs, formatTimes } from '@/lib/format';
import type { LoggedRequest } from '@/lib/gateway/request-log';
import { sourceNames } from '@/lib/gateway/source';
import { summarize } from '@/lib/gateway/speed-up';
import type { Summary } from '@/lib/gateway/speed-up';

const NONE = '–';

export function LatencyStats({ requests }: { requests: readonly LoggedRequest[] }) {
  const last = requests.at(-1);
  const { hot, cold, speedUp } = summarize(requests);
  return (
    <StatList>
      <Stat
        label="Last answer"
        value={last ? formatMs(last.timing.totalMs) : NONE}
        note={last ? sourceNames[last.source] : 'nothing asked yet'}
      />
      <Stat label="Cold, median" tone="cold" value={show(cold)} note={countOf(cold)} />
      <Stat label="Hot, median" tone="hot" value={show(hot)} note={countOf(hot)} />
      <Stat
        label="Speed-up of the cache"
        tone="accent"
        value={speedUp ? formatTimes(speedUp.ratio) : NONE}
        note={
          speedUp
            ? `${formatMs(speedUp.coldMs)} → ${formatMs(speedUp.hotMs)} in the ${speedUp.measure}`
            : 'needs a hot and a cold answer'
        }
      />
    </StatList>
  );
}

const show = ({ medianMs }: Summary['hot']) => (medianMs === null ? NONE : formatMs(medianMs));

const countOf = ({ count }: Summary['hot']) => `${count} ${count === 1 ? 'request' : 'requests'}`;
