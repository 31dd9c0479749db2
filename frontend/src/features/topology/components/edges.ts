import type { Leg } from '../api/request-path';
import { isDown } from '../api/topology';
import type { Kind, Topology } from '../api/topology';

import type { Group, Layout, Rect } from './layout';

export interface Edge {
  readonly id: string;
  /** The leg of a request's path that this line stands for; null for what no request goes along. */
  readonly leg: Leg | null;
  /** SVG path data, in the direction of the request. */
  readonly d: string;
  readonly label?: Label | undefined;
}

/** What goes along a line, where there is room to say it. */
export interface Label {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle';
  readonly text: string;
}

const labels: Partial<Record<Leg, string>> = {
  'frontend-gateway': '/backend/* → api_server:8000',
  'gateway-redis': 'asked first',
  'gateway-mongos': 'if not cached',
};

const labelsWithoutRedis: typeof labels = {
  ...labels,
  'gateway-redis': 'Redis is down: skipped',
  'gateway-mongos': 'every request',
};

/** The lines between what is drawn; a part that is not there has none. */
export function edgesOf(topology: Topology, layout: Layout): Edge[] {
  const box = (kind: Kind) => {
    const name = topology.containers.find((container) => container.kind === kind)?.name;
    return name === undefined ? undefined : layout.boxes.get(name);
  };
  const [frontend, gateway, redis, mongos] = [
    box('frontend'),
    box('gateway'),
    box('redis'),
    box('mongos'),
  ];
  const { laneX } = layout;
  const texts = isDown(topology, 'redis') ? labelsWithoutRedis : labels;
  const line = (leg: Leg, from?: Rect, to?: Rect, draw = straight): Edge[] => {
    if (!from || !to) return [];
    const label = laneX === null ? labelOf(texts[leg], from, to) : undefined;
    return [{ id: leg, leg, d: draw(from, to), label }];
  };
  return [
    ...line('browser-frontend', layout.browser, frontend),
    ...line('frontend-gateway', frontend, gateway),
    ...line('gateway-redis', gateway, redis),
    ...line('gateway-mongos', gateway, mongos, laneX === null ? straight : byLane(laneX)),
    ...(mongos ? layout.groups.map((group) => toGroup(mongos, group, laneX)) : []),
  ];
}

function labelOf(text: string | undefined, from: Rect, to: Rect): Label | undefined {
  if (text === undefined) return undefined;
  const isAcross = to.y < bottom(from);
  if (!isAcross) {
    return { x: midX(from) + 12, y: (bottom(from) + to.y) / 2 - 8, anchor: 'start', text };
  }
  const room = to.x - right(from);
  // About 7 px a letter, at the diagram's size of type.
  if (room < 7 * text.length) return undefined;
  return { x: right(from) + room / 2, y: midY(from) - 10, anchor: 'middle', text };
}

function toGroup(mongos: Rect, group: Group, laneX: number | null): Edge {
  const draw = laneX === null ? elbow : byLane(laneX);
  return {
    id: `mongos-${group.set.name}`,
    leg: group.set.kind === 'shard' ? 'mongos-shards' : null,
    d: draw(mongos, group),
  };
}

const midX = ({ x, width }: Rect) => x + width / 2;
const midY = ({ y, height }: Rect) => y + height / 2;
const right = ({ x, width }: Rect) => x + width;
const bottom = ({ y, height }: Rect) => y + height;

/** Across if the two stand beside each other, else down. */
function straight(from: Rect, to: Rect): string {
  if (to.y < bottom(from)) return `M${right(from)} ${midY(from)}H${to.x}`;
  return `M${midX(from)} ${bottom(from)}V${to.y}`;
}

/** Down, across and down again, with round corners. */
function elbow(from: Rect, to: Rect): string {
  const [x1, x2] = [midX(from), midX(to)];
  if (Math.abs(x1 - x2) < 1) return straight(from, to);
  const turn = bottom(from) + 22;
  const radius = Math.min(10, Math.abs(x2 - x1) / 2);
  const side = Math.sign(x2 - x1) * radius;
  return (
    `M${x1} ${bottom(from)}V${turn - radius}Q${x1} ${turn} ${x1 + side} ${turn}` +
    `H${x2 - side}Q${x2} ${turn} ${x2} ${turn + radius}V${to.y}`
  );
}

/** Out to the lane, down along it, and in again. */
function byLane(laneX: number): (from: Rect, to: Rect) => string {
  const radius = 8;
  return (from, to) =>
    `M${right(from)} ${midY(from)}H${laneX - radius}Q${laneX} ${midY(from)} ${laneX} ${midY(from) + radius}` +
    `V${midY(to) - radius}Q${laneX} ${midY(to)} ${laneX - radius} ${midY(to)}H${right(to)}`;
}
