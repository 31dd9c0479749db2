import { classNames } from '@/lib/class-names';
import type { LoggedRequest } from '@/lib/gateway/request-log';
import { useWidth } from '@/lib/use-width';

import { pathOf } from '../api/request-path';
import type { Leg } from '../api/request-path';
import { isPrimary } from '../api/topology';
import type { Container, Kind, Topology } from '../api/topology';

import { ContainerBox } from './container-box';
import { setNote } from './container-text';
import { edgesOf } from './edges';
import { layOut } from './layout';
import type { Layout } from './layout';
import styles from './topology-diagram.module.css';

interface TopologyDiagramProps {
  readonly topology: Topology;
  /** Its path lights up. */
  readonly request: LoggedRequest | undefined;
}

export function TopologyDiagram({ topology, request }: TopologyDiagramProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={ref} className={styles.room}>
      {width !== null && (
        <Drawing topology={topology} request={request} layout={layOut(topology, width)} />
      )}
    </div>
  );
}

type DrawingProps = TopologyDiagramProps & { readonly layout: Layout };

function Drawing({ topology, request, layout }: DrawingProps) {
  const { width, height } = layout;
  const { legs } = pathOf(request, topology);
  return (
    <svg
      className={classNames(styles.drawing, request?.cached ? styles.hot : styles.cold)}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={describe(topology)}
    >
      <Ground layout={layout} />
      {/* A new key for each request, so that the light travels anew. */}
      <Lines key={request?.id} topology={topology} layout={layout} legs={legs} />
      <Browser layout={layout} lit={legs.length > 0} />
      {topology.containers.map((container) => {
        const rect = layout.boxes.get(container.name);
        return (
          rect && (
            <ContainerBox
              key={container.name}
              container={container}
              rect={rect}
              lit={isOn(legs, container)}
            />
          )
        );
      })}
    </svg>
  );
}

function Ground({ layout }: { layout: Layout }) {
  return (
    <>
      {layout.zones.map(({ title, titleSide, ...rect }) => (
        <g key={title}>
          <rect className={styles.zone} {...rect} rx="16" />
          <text
            className={styles.zoneTitle}
            x={titleSide === 'left' ? rect.x + 16 : rect.x + rect.width - 16}
            y={rect.y + 22}
            textAnchor={titleSide === 'left' ? 'start' : 'end'}
          >
            {title}
          </text>
        </g>
      ))}
      {layout.groups.map(({ set, x, y, width, height }) => (
        <g key={set.name}>
          <rect className={styles.group} x={x} y={y} width={width} height={height} rx="12" />
          <text className={styles.groupTitle} x={x + 12} y={y + 21}>
            {set.name}
          </text>
          <text className={styles.groupNote} x={x + 12} y={y + 38} data-set={set.name}>
            {setNote(set)}
          </text>
        </g>
      ))}
    </>
  );
}

interface LinesProps {
  readonly topology: Topology;
  readonly layout: Layout;
  readonly legs: readonly Leg[];
}

function Lines({ topology, layout, legs }: LinesProps) {
  return edgesOf(topology, layout).map(({ id, leg, d, label }) => {
    const step = leg ? legs.indexOf(leg) : -1;
    return (
      <g key={id} data-edge={id} data-lit={step >= 0}>
        <path
          className={classNames(styles.line, !leg && styles.aside, step >= 0 && styles.lit)}
          d={d}
        />
        {label && (
          <text className={styles.label} x={label.x} y={label.y} textAnchor={label.anchor}>
            {label.text}
          </text>
        )}
        {step >= 0 && (
          <path
            className={styles.light}
            d={d}
            pathLength={1}
            style={{ animationDelay: `${step * 160}ms` }}
          />
        )}
      </g>
    );
  });
}

function Browser({ layout: { browser }, lit }: { layout: Layout; lit: boolean }) {
  const { x, y, width, height } = browser;
  return (
    <g>
      <rect className={classNames(styles.browser, lit && styles.browserLit)} {...browser} rx="10" />
      <text
        className={styles.browserName}
        x={x + width / 2}
        y={y + height / 2 + 5}
        textAnchor="middle"
      >
        Your browser
      </text>
    </g>
  );
}

const lastLegTo: Partial<Record<Kind, Leg>> = {
  frontend: 'browser-frontend',
  gateway: 'frontend-gateway',
  redis: 'gateway-redis',
  mongos: 'gateway-mongos',
  shard: 'mongos-shards',
};

/** Reads go to the primaries. */
function isOn(legs: readonly Leg[], container: Container): boolean {
  const leg = lastLegTo[container.kind];
  if (!leg || !legs.includes(leg)) return false;
  return container.kind !== 'shard' || isPrimary(container);
}

function describe({ containers, sets }: Topology): string {
  const down = containers.filter(({ healthy }) => healthy === false).map(({ name }) => name);
  const primaries = containers.filter(isPrimary).map(({ name }) => name);
  return [
    `Diagram of ${containers.length} containers on three nodes, with ${sets.length} replica sets.`,
    `Primaries: ${primaries.join(', ') || 'none known'}.`,
    `Down: ${down.join(', ') || 'none'}. The table below says the same.`,
  ].join(' ');
}
