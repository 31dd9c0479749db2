import type { MarkKind } from './mark-kind';
import styles from './mark.module.css';

/** A request in the chart. The shape says what the colour says. */
export function Mark({ kind, x, y }: { kind: MarkKind; x: number; y: number }) {
  switch (kind) {
    case 'hot':
      return <circle className={styles.hot} cx={x} cy={y} r="5" />;
    case 'cold':
      return <rect className={styles.cold} x={x - 5} y={y - 5} width="10" height="10" rx="1" />;
    case 'model':
      return <path className={styles.model} d={`M${x} ${y - 6}l6 11h-12z`} />;
  }
}
