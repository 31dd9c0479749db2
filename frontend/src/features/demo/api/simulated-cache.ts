export interface ClassStats {
  hits: number;
  misses: number;
}

/** What the real cache keeps for how long, in seconds. */
export const ttls = { search: 60, product: 300, similar: 120 } as const;

export type KeyClass = keyof typeof ttls;

/** Remembers which keys are hot, as Redis would, and counts. */
export class SimulatedCache {
  readonly #expiry = new Map<string, number>();
  readonly stats: Record<KeyClass, ClassStats> = {
    search: { hits: 0, misses: 0 },
    product: { hits: 0, misses: 0 },
    similar: { hits: 0, misses: 0 },
  };

  constructor(private readonly now: () => number = Date.now) {}

  /** Whether the key is hot; from now on it is. */
  touch(kind: KeyClass, key: string): boolean {
    const full = `${kind}:${key}`;
    const hit = (this.#expiry.get(full) ?? 0) > this.now();
    if (!hit) this.#expiry.set(full, this.now() + ttls[kind] * 1000);
    this.stats[kind][hit ? 'hits' : 'misses'] += 1;
    return hit;
  }

  keys(kind: KeyClass): number {
    return [...this.#expiry].filter(
      ([key, expiry]) => key.startsWith(`${kind}:`) && expiry > this.now(),
    ).length;
  }
}
