import { examples } from '@/config/shop';

import { catalog } from './catalog';
import { demoTopology } from './demo-topology';
import { SimulatedCache } from './simulated-cache';
import type { KeyClass } from './simulated-cache';
import { findProduct, findProducts, findSimilar } from './store';

export interface DemoAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer is to take, in milliseconds. */
  readonly takesMs: number;
}

const TRENDING_KEPT = 20;
const SIMILAR_COUNT = 4;
const DEFAULT_LIMIT = 20;

/** The gateway's routes over the demo's catalogue, with times like those of a real cluster. */
export class DemoGateway {
  #trending: readonly string[] = examples;
  readonly #cache: SimulatedCache;
  readonly #started: number;

  constructor(
    private readonly random: () => number = Math.random,
    private readonly now: () => number = Date.now,
  ) {
    this.#cache = new SimulatedCache(now);
    this.#started = now();
  }

  answer({ pathname, searchParams }: URL): DemoAnswer {
    const [, id, similar] = /^\/api\/products\/([^/]+)(\/similar)?$/.exec(pathname) ?? [];
    if (id) return similar ? this.#similar(id) : this.#product(id);
    switch (pathname) {
      case '/api/search':
        return this.#search(searchParams);
      case '/api/trending':
        return plain(this.#trending);
      case '/health':
        return plain({ status: 'healthy', connections: { mongodb: true, redis: true } });
      case '/api/topology':
        return plain(demoTopology((this.now() - this.#started) / 1000, catalog.length));
      case '/api/cache/stats':
        return plain(this.#stats());
      default:
        return problem(404, 'Not Found');
    }
  }

  #search(params: URLSearchParams): DemoAnswer {
    const query = (params.get('query') ?? '').trim().toLowerCase();
    if (query === '') return problem(400, 'Query required');
    const limit = Number(params.get('limit') ?? DEFAULT_LIMIT);
    const page = Number(params.get('page') ?? 1);
    this.#trending = [query, ...this.#trending.filter((other) => other !== query)].slice(
      0,
      TRENDING_KEPT,
    );
    const { products, nearest } = findProducts(query);
    const data = products.slice((page - 1) * limit, page * limit);
    const key = `${query}:${limit}:${page}`;
    return this.#measured('search', key, {
      count: data.length,
      total: products.length,
      ...(nearest && { nearest }),
      data,
    });
  }

  #product(id: string): DemoAnswer {
    const data = findProduct(id);
    return data ? this.#measured('product', id, { data }) : problem(404, 'Product not found');
  }

  #similar(id: string): DemoAnswer {
    const product = findProduct(id);
    if (!product) return problem(404, 'Product not found');
    return this.#measured('similar', id, { data: findSimilar(product, SIMILAR_COUNT) });
  }

  #stats() {
    const classes = this.#cache.report();
    const sum = (key: 'hits' | 'misses') => classes.reduce((total, stats) => total + stats[key], 0);
    const keys = this.#cache.keys();
    return {
      hits: sum('hits'),
      misses: sum('misses'),
      stale: 0,
      classes,
      redis: {
        connected: true,
        keys,
        memoryBytes: 1_400_000 + 6_000 * keys,
        maxMemoryBytes: 0,
        evictedKeys: 0,
      },
    };
  }

  #measured(kind: KeyClass, key: string, rest: object): DemoAnswer {
    const cached = this.#cache.touch(kind, key);
    const store = cached ? 'REDIS_CACHE' : kind === 'similar' ? 'ML_ENGINE' : 'MONGODB_DISK';
    const storeMs = cached ? this.#between(0.3, 1.2) : this.#between(70, 130);
    const gatewayMs = storeMs + this.#between(0.4, 1.5);
    this.#cache.took(kind, cached, gatewayMs);
    return {
      status: 200,
      body: {
        source: `${store} (simulated)`,
        time: `${Math.round(gatewayMs)}ms`,
        cached,
        ...rest,
      },
      headers: {
        'x-response-time': `${gatewayMs.toFixed(3)}ms`,
        'server-timing': `store;dur=${storeMs.toFixed(3)}`,
      },
      takesMs: gatewayMs + this.#between(1, 4),
    };
  }

  #between(low: number, high: number): number {
    return low + (high - low) * this.random();
  }
}

function plain(body: unknown): DemoAnswer {
  return { status: 200, body, takesMs: 5 };
}

function problem(status: number, detail: string): DemoAnswer {
  return { status, body: { detail }, takesMs: 5 };
}
