/** What the real cache keeps for how long, in seconds. */
const ttls = { search: 60, product: 300, similar: 120 } as const;

export type KeyClass = keyof typeof ttls;

interface ClassCounts {
  hits: number;
  misses: number;
  readonly hitMs: number[];
  readonly missMs: number[];
}

const none = (): ClassCounts => ({ hits: 0, misses: 0, hitMs: [], missMs: [] });

/** Remembers which keys are hot, as Redis would, and counts as the gateway does. */
export class SimulatedCache {
  readonly #expiry = new Map<string, number>();
  readonly #counts = { search: none(), product: none(), similar: none() };

  constructor(private readonly now: () => number = Date.now) {}

  /** Whether the key is hot; from now on it is. */
  touch(kind: KeyClass, key: string): boolean {
    const full = `${kind}:${key}`;
    const hit = (this.#expiry.get(full) ?? 0) > this.now();
    if (!hit) this.#expiry.set(full, this.now() + ttls[kind] * 1000);
    this.#counts[kind][hit ? 'hits' : 'misses'] += 1;
    return hit;
  }

  took(kind: KeyClass, hit: boolean, ms: number): void {
    this.#counts[kind][hit ? 'hitMs' : 'missMs'].push(ms);
  }

  keys(): number {
    return [...this.#expiry.values()].filter((expiry) => expiry > this.now()).length;
  }

  report() {
    return (Object.keys(ttls) as KeyClass[]).map((kind) => {
      const { hits, misses, hitMs, missMs } = this.#counts[kind];
      return {
        class: kind,
        ttlSeconds: ttls[kind],
        hits,
        misses,
        stale: 0,
        hitLatency: summary(hitMs),
        missLatency: summary(missMs),
      };
    });
  }
}

function summary(times: readonly number[]) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return sorted.length === 0 ? undefined : { p50Ms: at(0.5), p95Ms: at(0.95) };
}
