import { categories } from '@/config/shop';
import { hashOf } from '@/lib/hash';

import { artKindOf } from './art/art-kind';
import { drawings } from './art/drawings';
import styles from './product-art.module.css';

interface ProductArtProps {
  readonly name: string;
  readonly category: string;
}

/** One a category, without the olive ones, which no picture looks good in. */
const hues = [225, 275, 200, 40, 150, 330, 70, 15, 135, 355];

/**
 * Stands for a product's picture, drawn from its name and category. The real pictures are on
 * somebody else's server, which the page never asks.
 */
export function ProductArt({ name, category }: ProductArtProps) {
  const hash = hashOf(name);
  const tilt = (hash % 60) - 30;
  const shift = (hash >>> 6) % 80;
  const hue = hueOf(category) + (hash % 5) * 5 - 10;
  const { body, lines } = drawings[artKindOf(name, category)];
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
      <g className={styles.shape} transform="translate(128 48) scale(6)">
        <path className={styles.body} d={body} />
        {lines && <path d={lines} />}
      </g>
    </svg>
  );
}

function hueOf(category: string): number {
  const known = categories.findIndex((name) => name === category);
  return hues[known >= 0 ? known : hashOf(category) % hues.length] ?? 0;
}
