import { useWidth } from '@/lib/use-width';

import type { Sample } from '../api/history';

import styles from './activity-chart.module.css';

const HEIGHT = 220;
const MARGIN = { top: 12, right: 8, bottom: 24, left: 36 };
const BAR = 10;

/** Hits and misses between looks, stacked; the newest on the right. */
export function ActivityChart({ samples }: { samples: readonly Sample[] }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  return (
    <figure className={styles.figure}>
      <div ref={ref} style={{ height: HEIGHT }}>
        {width !== null && <Drawing samples={samples} width={width} />}
      </div>
      <figcaption className={styles.legend}>
        <span>
          <span className={styles.hitKey} aria-hidden="true" /> hits
        </span>
        <span>
          <span className={styles.missKey} aria-hidden="true" /> misses, striped
        </span>
      </figcaption>
    </figure>
  );
}

function Drawing({ samples, width }: { samples: readonly Sample[]; width: number }) {
  const innerHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
  const slots = Math.max(1, Math.floor((width - MARGIN.left - MARGIN.right) / BAR));
  const shown = samples.slice(-slots);
  const most = niceMaximum(Math.max(0, ...shown.map(({ hits, misses }) => hits + misses)));
  const bottom = HEIGHT - MARGIN.bottom;
  const tall = (count: number) => (count / most) * innerHeight;
  return (
    <svg
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label={describe(shown)}
    >
      <defs>
        <pattern
          id="missed"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect className={styles.missGround} width="6" height="6" />
          <rect className={styles.missStripe} width="3" height="6" />
        </pattern>
      </defs>
      {[0, most / 2, most].map((count) => (
        <g key={count}>
          <line
            className={styles.grid}
            x1={MARGIN.left}
            x2={width - MARGIN.right}
            y1={bottom - tall(count)}
            y2={bottom - tall(count)}
          />
          <text
            className={styles.tick}
            x={MARGIN.left - 8}
            y={bottom - tall(count)}
            dy="0.32em"
            textAnchor="end"
          >
            {count}
          </text>
        </g>
      ))}
      {shown.map(({ at, hits, misses }, i) => {
        const x = width - MARGIN.right - (shown.length - i) * BAR;
        return (
          <g key={at}>
            <rect
              className={styles.hits}
              x={x}
              y={bottom - tall(hits)}
              width={BAR - 2}
              height={tall(hits)}
            />
            <rect
              fill="url(#missed)"
              x={x}
              y={bottom - tall(hits + misses)}
              width={BAR - 2}
              height={tall(misses)}
            />
          </g>
        );
      })}
      <text className={styles.tick} x={width - MARGIN.right} y={HEIGHT - 6} textAnchor="end">
        now
      </text>
    </svg>
  );
}

/** The next even number, so that half of it is a whole one. */
function niceMaximum(count: number): number {
  return Math.max(4, 2 * Math.ceil(count / 2));
}

function describe(samples: readonly Sample[]): string {
  const hits = samples.reduce((sum, sample) => sum + sample.hits, 0);
  const misses = samples.reduce((sum, sample) => sum + sample.misses, 0);
  return `Chart of hits and misses while this view was open: ${hits} hits, ${misses} misses`;
}
