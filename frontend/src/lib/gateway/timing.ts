/** Where one answer's time went; all figures are milliseconds, and a part not told is left out. */
export interface Timing {
  /** Seen by the browser: from asking until the whole answer was there. */
  readonly totalMs: number;
  /** On the wire: from the request's start until its last byte, as the browser's own log has it. */
  readonly wireMs?: number;
  /** Spent inside the gateway, stores included. */
  readonly gatewayMs?: number;
  /** Spent in the stores (Redis, MongoDB) or in the model, as the gateway's Server-Timing tells. */
  readonly storeMs?: number;
  /** False if the gateway told only the whole milliseconds of `time`. */
  readonly precise: boolean;
}

export interface Segment {
  readonly part: 'browser' | 'network' | 'gateway' | 'store';
  readonly ms: number;
}

/** What a transport knows of an answer's time. */
export interface Timed {
  readonly totalMs: number;
  readonly wireMs?: number;
  readonly headers: Headers;
}

/** The whole gateway, in Server-Timing's names, as opposed to one store. */
const WHOLE = new Set(['total', 'app', 'gateway']);

/** Reads the gateway's share from the finest source that it sent. */
export function readTiming({ totalMs, wireMs, headers }: Timed, time?: string): Timing {
  const entries = parseServerTiming(headers.get('server-timing') ?? '');
  const stores = entries.filter(({ name }) => !WHOLE.has(name));
  const exact =
    parseMs(headers.get('x-response-time') ?? '') ??
    entries.find(({ name }) => WHOLE.has(name))?.ms;
  const gatewayMs = exact ?? parseMs(time ?? '');
  return {
    totalMs,
    precise: exact !== undefined,
    ...(wireMs !== undefined && { wireMs }),
    ...(gatewayMs !== undefined && { gatewayMs }),
    ...(stores.length > 0 && { storeMs: stores.reduce((sum, { ms }) => sum + ms, 0) }),
  };
}

/**
 * Splits the browser's total into parts that add up to it. Clocks differ and `time` is rounded, so
 * no part is let grow beyond the whole that contains it.
 */
export function split({ totalMs, wireMs, gatewayMs, storeMs }: Timing): Segment[] {
  const wire = Math.min(wireMs ?? totalMs, totalMs);
  const gateway = Math.min(gatewayMs ?? 0, wire);
  const store = Math.min(storeMs ?? 0, gateway);
  const told: [Segment['part'], number | undefined, number][] = [
    ['browser', wireMs, totalMs - wire],
    ['network', totalMs, wire - gateway],
    ['gateway', gatewayMs, gateway - store],
    ['store', storeMs, store],
  ];
  return told.flatMap(([part, known, ms]) => (known === undefined ? [] : [{ part, ms }]));
}

/** `12ms`, `0.8 ms`, `1.2s`, `350µs`, or a bare number of milliseconds. */
export function parseMs(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|[µμu]s|)\s*$/.exec(text);
  if (!match) return undefined;
  const value = Number(match[1]);
  switch (match[2]) {
    case 's':
      return value * 1000;
    case 'ms':
    case '':
      return value;
    default:
      return value / 1000;
  }
}

/** Reads `redis;dur=0.4;desc="GET", total;dur=1.2`; entries without a duration are left out. */
export function parseServerTiming(header: string): { name: string; ms: number }[] {
  // A comma inside a quoted description separates nothing.
  return header.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).flatMap((entry) => {
    const [name = '', ...params] = entry.split(';').map((part) => part.trim());
    const duration = params.map((param) => /^dur=([\d.]+)$/.exec(param)?.[1]).find(Boolean);
    return name && duration ? [{ name, ms: Number(duration) }] : [];
  });
}
