import { formatKnown, formatPercent } from '@/lib/format';

import styles from './hit-ring.module.css';

const RADIUS = 52;
const LENGTH = 2 * Math.PI * RADIUS;

/** A hit rate as part of a ring. */
export function HitRing({ name, rate }: { name: string; rate: number | null }) {
  const text = formatKnown(rate, formatPercent);
  return (
    <figure className={styles.figure}>
      <svg
        viewBox="0 0 128 128"
        className={styles.ring}
        role="img"
        aria-label={`${name}: hit rate ${text}`}
      >
        <circle className={styles.track} cx="64" cy="64" r={RADIUS} />
        <circle
          className={styles.share}
          cx="64"
          cy="64"
          r={RADIUS}
          strokeDasharray={`${(rate ?? 0) * LENGTH} ${LENGTH}`}
          transform="rotate(-90 64 64)"
        />
        <text className={styles.text} x="64" y="70" textAnchor="middle">
          {text}
        </text>
      </svg>
      <figcaption className={styles.name}>{name}</figcaption>
    </figure>
  );
}
