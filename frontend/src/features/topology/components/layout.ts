import type { Container, Kind, ReplicaSet, Topology } from '../api/topology';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Zone extends Rect {
  readonly title: string;
  /** On which side its title is out of the lines' way. */
  readonly titleSide: 'left' | 'right';
}

export interface Group extends Rect {
  readonly set: ReplicaSet;
}

/** Where everything stands, in CSS pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly browser: Rect;
  readonly zones: readonly Zone[];
  readonly groups: readonly Group[];
  /** By container name. */
  readonly boxes: ReadonlyMap<string, Rect>;
  /** Where long lines run down, if the nodes stand under each other. */
  readonly laneX: number | null;
}

/** From this width on, the nodes stand beside each other. */
export const WIDE = 900;

const GAP = 16;
const PAD = 16;
const ZONE_HEAD = 34;
const GROUP_HEAD = 50;
const BOX = { width: 176, height: 62 };
const MEMBER_HEIGHT = 78;
/** Room for `shard1 node1`. */
const MEMBER_MIN = 104;
/** Room for three members beside each other. */
const GROUP_MIN = 348;

/** Lays the cluster out for a width: pure arithmetic, so that it can be tested. */
export function layOut(topology: Topology, width: number): Layout {
  return width >= WIDE ? layOutWide(topology, width) : layOutNarrow(topology, width);
}

function layOutWide(topology: Topology, width: number): Layout {
  const boxes = new Map<string, Rect>();
  const browser: Rect = { x: 0, y: ZONE_HEAD, width: 112, height: BOX.height };
  const topHeight = ZONE_HEAD + 2 * BOX.height + GAP + PAD;
  const lane = 56;

  const left = browser.width + lane;
  const cacheWidth = BOX.width + 2 * PAD;
  // In the middle, over mongos and the shards, but not so far left that the page has no room.
  const gatewayX = Math.max((width - BOX.width) / 2, left + PAD + BOX.width + lane);
  const zoneC: Zone = {
    title: 'Node C · application',
    titleSide: 'left',
    x: left,
    y: 0,
    width: gatewayX + BOX.width + PAD - left,
    height: topHeight,
  };
  const zoneB: Zone = {
    title: 'Node B · cache',
    titleSide: 'left',
    x: width - cacheWidth,
    y: 0,
    width: cacheWidth,
    height: topHeight,
  };
  const second = ZONE_HEAD + BOX.height + GAP;
  place(topology, boxes, 'frontend', { x: zoneC.x + PAD, y: ZONE_HEAD, ...BOX });
  place(topology, boxes, 'init', { x: zoneC.x + PAD, y: second, ...BOX });
  place(topology, boxes, 'gateway', { x: gatewayX, y: ZONE_HEAD, ...BOX });
  place(topology, boxes, 'redis', { x: zoneB.x + PAD, y: ZONE_HEAD, ...BOX });
  place(topology, boxes, 'redis-ui', { x: zoneB.x + PAD, y: second, ...BOX });

  const top = topHeight + 40;
  place(topology, boxes, 'mongos', { x: gatewayX, y: top + ZONE_HEAD, ...BOX });
  const groupsTop = top + ZONE_HEAD + BOX.height + 44;
  const inner = { x: PAD, y: groupsTop, width: width - 2 * PAD };
  const { groups, bottom } = placeGroups(topology, boxes, inner);
  const zoneA: Zone = {
    title: 'Node A · data',
    titleSide: 'left',
    x: 0,
    y: top,
    width,
    height: bottom + PAD - top,
  };
  return {
    width,
    height: bottom + PAD,
    browser,
    zones: [zoneC, zoneB, zoneA],
    groups,
    boxes,
    laneX: null,
  };
}

/** One node under the other; the lines to mongos run down the right edge. */
function layOutNarrow(topology: Topology, width: number): Layout {
  const boxes = new Map<string, Rect>();
  const edge = 22;
  const zoneWidth = width - edge;
  const half = (zoneWidth - 2 * PAD - GAP) / 2;
  const box = { width: half, height: BOX.height };
  const leftX = PAD;
  const rightX = PAD + half + GAP;

  const browser: Rect = { x: leftX, y: 0, width: half, height: 40 };
  const topC = browser.height + 30;
  const firstC = topC + ZONE_HEAD;
  place(topology, boxes, 'frontend', { x: leftX, y: firstC, ...box });
  place(topology, boxes, 'gateway', { x: rightX, y: firstC, ...box });
  place(topology, boxes, 'init', { x: leftX, y: firstC + BOX.height + GAP, ...box });
  const bottomC = firstC + 2 * BOX.height + GAP + PAD;

  const topB = bottomC + 26;
  place(topology, boxes, 'redis-ui', { x: leftX, y: topB + ZONE_HEAD, ...box });
  place(topology, boxes, 'redis', { x: rightX, y: topB + ZONE_HEAD, ...box });
  const bottomB = topB + ZONE_HEAD + BOX.height + PAD;

  const topA = bottomB + 26;
  place(topology, boxes, 'mongos', { x: rightX, y: topA + ZONE_HEAD, ...box });
  const inner = { x: PAD, y: topA + ZONE_HEAD + BOX.height + 28, width: zoneWidth - 2 * PAD };
  const { groups, bottom } = placeGroups(topology, boxes, inner);
  const zone = (titleSide: Zone['titleSide'], title: string, y: number, end: number): Zone => ({
    title,
    titleSide,
    x: 0,
    y,
    width: zoneWidth,
    height: end - y,
  });
  return {
    width,
    height: bottom + PAD,
    browser,
    zones: [
      zone('right', 'Node C · application', topC, bottomC),
      zone('left', 'Node B · cache', topB, bottomB),
      zone('left', 'Node A · data', topA, bottom + PAD),
    ],
    groups,
    boxes,
    laneX: width - 7,
  };
}

function place(topology: Topology, boxes: Map<string, Rect>, kind: Kind, rect: Rect) {
  const found = topology.containers.find((container) => container.kind === kind);
  if (found) boxes.set(found.name, rect);
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** The replica sets in rows, as many beside each other as there is room for. */
function placeGroups({ sets, containers }: Topology, boxes: Map<string, Rect>, area: Area) {
  const fitting = Math.max(1, Math.floor((area.width + GAP) / (GROUP_MIN + GAP)));
  const columns = Math.min(sets.length, fitting);
  const width = (area.width - GAP * (columns - 1)) / columns;
  const groups: Group[] = [];
  let { y } = area;
  for (let from = 0; from < sets.length; from += columns) {
    const row = sets.slice(from, from + columns);
    const heights = row.map((set, column) => {
      const members = containers.filter((container) => container.set === set.name);
      const x = area.x + column * (width + GAP);
      const height = placeMembers(members, boxes, { x, y, width });
      groups.push({ set, x, y, width, height });
      return height;
    });
    y += Math.max(...heights) + GAP;
  }
  return { groups, bottom: Math.max(area.y, y - GAP) };
}

/** Gives the height that the group takes. */
function placeMembers(
  members: readonly Container[],
  boxes: Map<string, Rect>,
  group: Area,
): number {
  const gap = 8;
  const inset = 10;
  const inner = group.width - 2 * inset;
  const columns = Math.max(
    1,
    Math.min(members.length, Math.floor((inner + gap) / (MEMBER_MIN + gap))),
  );
  const width = (inner - gap * (columns - 1)) / columns;
  members.forEach(({ name }, i) => {
    boxes.set(name, {
      x: group.x + inset + (i % columns) * (width + gap),
      y: group.y + GROUP_HEAD + Math.floor(i / columns) * (MEMBER_HEIGHT + gap),
      width,
      height: MEMBER_HEIGHT,
    });
  });
  const rows = Math.ceil(members.length / columns);
  return GROUP_HEAD + rows * (MEMBER_HEIGHT + gap) - gap + inset;
}
