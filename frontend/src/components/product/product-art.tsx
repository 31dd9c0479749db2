import { hashOf } from '@/lib/hash';

import { artKindOf, artShapes } from './art-shapes';
import styles from './product-art.module.css';

interface ProductArtProps {
  readonly name: string;
  readonly category: string;
}

/** Without the olive ones, which no picture looks good in. */
const hues = [15, 40, 70, 150, 175, 200, 225, 250, 275, 300, 330, 355];

/**
 * Stands for a product's picture, drawn from its category and name. The real pictures are on
 * somebody else's server, which the page never asks.
 */
export function ProductArt({ name, category }: ProductArtProps) {
  const hash = hashOf(name);
  const hue = hues[hashOf(category) % hues.length] ?? 0;
  const tilt = (hash % 60) - 30;
  const shift = (hash >> 6) % 80;
  return (
    <svg
      className={styles.art}
      viewBox="0 0 400 240"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
      style={{ '--hue': hue } as React.CSSProperties}
    >
      <rect className={styles.ground} width="400" height="240" />
      <g className={styles.waves} transform={`rotate(${tilt} 200 120)`}>
        <circle cx={60 + shift} cy="40" r="130" />
        <circle cx={340 - shift} cy="220" r="110" />
      </g>
      <g className={styles.shape} transform="translate(134 54) scale(5.5)">
        {artShapes[artKindOf(category)]}
      </g>
    </svg>
  );
}
