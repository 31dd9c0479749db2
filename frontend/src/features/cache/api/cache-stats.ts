import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { settings } from '@/config/settings';
import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';

const countsSchema = z.object({
  /** Answered from Redis. */
  hits: z.number(),
  /** Answered from the gateway's copy of what Redis had less than a second before. */
  near: z._default(z.number(), 0),
  /** Loaded from the database or the model. */
  misses: z.number(),
  /** Answered from a spare copy, because the database was away. */
  stale: z.number(),
});

/** Over the last few hundred reads; missing before the first. */
const latencySchema = z.optional(z.nullable(z.object({ p50Ms: z.number(), p95Ms: z.number() })));

const classSchema = z.extend(countsSchema, {
  class: z.string(),
  ttlSeconds: z.number(),
  hitLatency: latencySchema,
  missLatency: latencySchema,
});

const statsSchema = z.extend(countsSchema, {
  classes: z.array(classSchema),
  /** What Redis tells of itself; figures are zero while it is away. */
  redis: z.object({
    connected: z.boolean(),
    keys: z.number(),
    memoryBytes: z.number(),
    /** 0: no bound. */
    maxMemoryBytes: z.number(),
    evictedKeys: z.number(),
  }),
});

export type Counts = z.infer<typeof countsSchema>;
export type ClassStats = z.infer<typeof classSchema>;
export type CacheStats = z.infer<typeof statsSchema>;

export function useCacheStats() {
  const gateway = useGateway();
  return useQuery({
    queryKey: [scopeOf(gateway), 'cache-stats'],
    queryFn: ({ signal }) => gateway.get('/api/cache/stats', statsSchema, signal),
    refetchInterval: settings.cacheInterval,
  });
}

/** The share of answers that came out of the cache; null before the first. */
export function hitRate({ hits, near, misses, stale }: Counts): number | null {
  const found = hits + near + stale;
  return found + misses === 0 ? null : found / (found + misses);
}

/** What belongs to none of the kinds that are told; null if nothing does. */
export function restOf({ classes, ...all }: CacheStats): Counts | null {
  const left = (of: keyof Counts) =>
    Math.max(0, all[of] - classes.reduce((sum, counts) => sum + counts[of], 0));
  const rest = {
    hits: left('hits'),
    near: left('near'),
    misses: left('misses'),
    stale: left('stale'),
  };
  return hitRate(rest) === null ? null : rest;
}
