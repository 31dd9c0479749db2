import { classNames } from '@/lib/class-names';
import { formatClock, formatMs } from '@/lib/format';
import type { LoggedRequest } from '@/lib/gateway/request-log';
import { sourceNames } from '@/lib/gateway/source';
import { useWidth } from '@/lib/use-width';

import styles from './latency-chart.module.css';
import { Mark } from './mark';
import { markOf } from './mark-kind';
import { logScale } from './scale';

const HEIGHT = 280;
const MARGIN = { top: 14, right: 14, bottom: 26, left: 58 };
/** The room for one request, in pixels; what does not fit is older. */
const SLOT = 18;

/** The last requests from left to right, as high as they took long. The table says the same. */
export function LatencyChart({ requests }: { requests: readonly LoggedRequest[] }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  return (
    <figure className={styles.figure}>
      <div ref={ref} style={{ height: HEIGHT }}>
        {width !== null && <Drawing requests={requests} width={width} />}
      </div>
      <figcaption className={styles.legend}>
        {(['hot', 'cold', 'model'] as const).map((kind) => (
          <span key={kind} className={styles.key}>
            <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
              <Mark kind={kind} x={0} y={0} />
            </svg>
            {legend[kind]}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

const legend = {
  hot: 'Hot: from the cache',
  cold: 'Cold: from MongoDB',
  model: 'Cold: from the model',
} as const;

function Drawing({ requests, width }: { requests: readonly LoggedRequest[]; width: number }) {
  const inner = {
    width: width - MARGIN.left - MARGIN.right,
    height: HEIGHT - MARGIN.top - MARGIN.bottom,
  };
  const slots = Math.max(1, Math.floor(inner.width / SLOT));
  const shown = requests.slice(-slots);
  const scale = logScale(shown.map(({ timing }) => timing.totalMs));
  const y = (ms: number) => MARGIN.top + inner.height * (1 - scale.at(ms));
  const x = (slot: number) => width - MARGIN.right - SLOT * (shown.length - slot - 0.5);
  const bottom = MARGIN.top + inner.height;
  return (
    <svg
      className={styles.chart}
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label={describe(shown)}
    >
      {scale.ticks.map((ms) => (
        <g key={ms}>
          <line
            className={styles.grid}
            x1={MARGIN.left}
            x2={width - MARGIN.right}
            y1={y(ms)}
            y2={y(ms)}
          />
          <text className={styles.tick} x={MARGIN.left - 10} y={y(ms)} textAnchor="end" dy="0.32em">
            {tickName(ms)}
          </text>
        </g>
      ))}
      {shown.map((request, slot) => (
        <g key={request.id} className={classNames(slot === shown.length - 1 && styles.last)}>
          <title>{describeRequest(request)}</title>
          <line
            className={classNames(styles.stem, styles[markOf(request)])}
            x1={x(slot)}
            x2={x(slot)}
            y1={bottom}
            y2={y(request.timing.totalMs)}
          />
          <Mark kind={markOf(request)} x={x(slot)} y={y(request.timing.totalMs)} />
        </g>
      ))}
      <text className={styles.tick} x={width - MARGIN.right} y={HEIGHT - 6} textAnchor="end">
        newest →
      </text>
    </svg>
  );
}

function tickName(ms: number): string {
  return ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
}

function describeRequest({ label, source, timing, at }: LoggedRequest): string {
  return `${label}: ${sourceNames[source]}, ${formatMs(timing.totalMs)}, at ${formatClock(at)}`;
}

function describe(shown: readonly LoggedRequest[]): string {
  const last = shown.at(-1);
  if (!last) return 'Chart of the last requests: none yet';
  return `Chart of the last ${shown.length} requests. The newest: ${describeRequest(last)}`;
}
