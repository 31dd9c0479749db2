import type { LoggedRequest } from '@/lib/gateway/request-log';

/** A leg of a request's way, as the diagram names its lines. */
export type Leg =
  'browser-frontend' | 'frontend-gateway' | 'gateway-redis' | 'gateway-mongos' | 'mongos-shards';

export interface RequestPath {
  /** In the order in which they are gone; the answer comes back the same way. */
  readonly legs: readonly Leg[];
  readonly text: string;
}

const TO_CACHE: readonly Leg[] = ['browser-frontend', 'frontend-gateway', 'gateway-redis'];

/** The way that a request went, as far as its answer tells. */
export function pathOf({
  cached,
  source,
  kind,
}: Pick<LoggedRequest, 'cached' | 'source' | 'kind'>): RequestPath {
  if (cached) return { legs: TO_CACHE, text: 'Cache hit: Redis has it, the cluster is not asked.' };
  if (source === 'model') {
    return { legs: TO_CACHE, text: 'Cache miss: the gateway’s own model computes the answer.' };
  }
  if (kind === 'product') {
    return {
      legs: [...TO_CACHE, 'gateway-mongos'],
      text: 'Cache miss: mongos asks the one shard that holds this _id.',
    };
  }
  return {
    legs: [...TO_CACHE, 'gateway-mongos', 'mongos-shards'],
    text: 'Cache miss: mongos asks every shard and merges; Redis keeps the answer.',
  };
}
