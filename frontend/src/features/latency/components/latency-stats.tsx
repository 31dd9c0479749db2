import { Stat, StatList } from '@/components/ui/stat';
import { formatKnown, formatMs, formatTimes, NONE } from '@/lib/format';
import type { LoggedRequest } from '@/lib/gateway/request-log';
import { sourceNames } from '@/lib/gateway/source';
import { summarize } from '@/lib/gateway/speed-up';
import type { Summary } from '@/lib/gateway/speed-up';

export function LatencyStats({ requests }: { requests: readonly LoggedRequest[] }) {
  const last = requests.at(-1);
  const { hot, cold, measure, speedUp } = summarize(requests);
  const noteOf = ({ count, browserMs }: Summary['hot']) => {
    const asked = `${count} ${count === 1 ? 'request' : 'requests'}`;
    if (measure === 'browser' || browserMs === null) return asked;
    return `${asked}; ${formatMs(browserMs)} seen by your browser`;
  };
  return (
    <StatList>
      <Stat
        label="Last answer"
        value={last ? formatMs(last.timing.totalMs) : NONE}
        note={last ? sourceNames[last.source] : 'no requests yet'}
      />
      <Stat label="Cold, median" tone="cold" value={show(cold)} note={noteOf(cold)} />
      <Stat label="Hot, median" tone="hot" value={show(hot)} note={noteOf(hot)} />
      <Stat
        label="Speed-up of the cache"
        tone="accent"
        value={speedUp ? formatTimes(speedUp.ratio) : NONE}
        note={
          speedUp
            ? `${formatMs(speedUp.coldMs)} → ${formatMs(speedUp.hotMs)}, measured in the ${speedUp.measure}`
            : 'needs a hot and a cold answer'
        }
      />
    </StatList>
  );
}

const show = ({ medianMs }: Summary['hot']) => formatKnown(medianMs, formatMs);
