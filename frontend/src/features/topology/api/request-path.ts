import type { LoggedRequest } from '@/lib/gateway/request-log';

import { isDown } from './topology';
import type { Topology } from './topology';

/** A leg of a request's path, as the diagram names its lines. */
export type Leg =
  'browser-frontend' | 'frontend-gateway' | 'gateway-redis' | 'gateway-mongos' | 'mongos-shards';

export interface RequestPath {
  /** In the order in which they are taken; the answer comes back the same way. */
  readonly legs: readonly Leg[];
  readonly text: string;
}

const TO_GATEWAY: readonly Leg[] = ['browser-frontend', 'frontend-gateway'];
const TO_CACHE: readonly Leg[] = [...TO_GATEWAY, 'gateway-redis'];

type Request = Pick<LoggedRequest, 'cached' | 'stale' | 'source' | 'kind'>;

/** The path of a request, as far as its answer and the look of the cluster tell. */
export function pathOf(request: Request | undefined, topology: Topology): RequestPath {
  const redisDown = isDown(topology, 'redis');
  if (!request) {
    return {
      legs: [],
      text: redisDown
        ? 'Redis is down, so every request goes to MongoDB.'
        : 'No request was sent yet.',
    };
  }
  if (request.cached) return { legs: TO_CACHE, text: textOfCached(request, redisDown) };
  const legs = redisDown ? TO_GATEWAY : TO_CACHE;
  const missed = redisDown ? 'Redis is down, so' : 'Not in the cache, so';
  if (request.source === 'model') {
    return { legs, text: `${missed} the gateway’s own model works out the answer.` };
  }
  if (request.kind === 'product') {
    return {
      legs: [...legs, 'gateway-mongos'],
      text: `${missed} mongos asks the one shard that has this product.`,
    };
  }
  return {
    legs: [...legs, 'gateway-mongos', 'mongos-shards'],
    text:
      `${missed} mongos asks every shard and merges the answers.` +
      (redisDown ? '' : ' Redis keeps the result.'),
  };
}

function textOfCached({ stale }: Request, redisDown: boolean): string {
  if (redisDown) return 'Redis had this answer, and has gone down since.';
  if (stale) return 'MongoDB does not answer, so Redis gives an older copy.';
  return 'Redis has the answer, so the cluster is not asked.';
}
