import { classNames } from '@/lib/class-names';

import { isPrimary } from '../api/topology';
import type { Container } from '../api/topology';

import styles from './container-box.module.css';
import { healthOf, healthNames, lagOf, roleOf, shortName } from './container-text';
import type { Rect } from './layout';

interface ContainerBoxProps {
  readonly container: Container;
  readonly rect: Rect;
  /** Whether the last request came by. */
  readonly lit: boolean;
}

/** One container. A primary has a crown, what is down a cross: colour only repeats it. */
export function ContainerBox({ container, rect, lit }: ContainerBoxProps) {
  const { x, y, width, height } = rect;
  const health = healthOf(container);
  const lag = lagOf(container);
  return (
    <g
      className={classNames(
        styles.box,
        styles[health],
        isPrimary(container) && styles.primary,
        lit && styles.lit,
      )}
      data-container={container.name}
      data-set={container.set}
      data-health={health}
      data-state={container.state ?? ''}
    >
      <title>{`${container.name}: ${roleOf(container)}, ${healthNames[health]}`}</title>
      <rect className={styles.frame} x={x} y={y} width={width} height={height} rx="10" />
      <HealthMark health={health} x={x + width - 11} y={y + 11} />
      <text className={styles.name} x={x + 12} y={y + 25}>
        {shortName(container.name)}
      </text>
      <text className={styles.role} x={x + 12} y={y + 45}>
        {isPrimary(container) ? `♛ ${roleOf(container)}` : roleOf(container)}
      </text>
      {lag && (
        <text className={styles.lag} x={x + 12} y={y + 63}>
          {lag}
        </text>
      )}
    </g>
  );
}

function HealthMark({
  health,
  x,
  y,
}: {
  health: ReturnType<typeof healthOf>;
  x: number;
  y: number;
}) {
  if (health === 'down') {
    return <path className={styles.mark} d={`M${x - 4} ${y - 4}l8 8m0-8l-8 8`} />;
  }
  if (health === 'done') {
    return <path className={styles.mark} d={`M${x - 5} ${y}l3.5 4 6-8`} />;
  }
  return <circle className={styles.mark} cx={x} cy={y} r="4" />;
}
