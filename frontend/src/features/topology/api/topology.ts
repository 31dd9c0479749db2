import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { settings } from '@/config/settings';
import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';

const kinds = [
  'frontend',
  'gateway',
  'init',
  'redis',
  'redis-ui',
  'mongos',
  'config',
  'shard',
] as const;

export type Kind = (typeof kinds)[number];
export type Node = 'A' | 'B' | 'C';

/** A figure that the gateway may not know, and then leaves out or sends as null. */
const perhaps = <T>(schema: z.ZodMiniType<T>) => z.optional(z.nullable(schema));

const containerSchema = z.object({
  name: z.string(),
  kind: z.enum(kinds),
  node: z.enum(['A', 'B', 'C']),
  /** The replica set that it belongs to. */
  set: perhaps(z.string()),
  host: perhaps(z.string()),
  /** A member's: PRIMARY, SECONDARY, ARBITER, OTHER, DOWN; the one-shot job's: DONE, WAITING. */
  state: perhaps(z.string()),
  healthy: perhaps(z.boolean()),
  /** How far a secondary is behind its primary. */
  lagSeconds: perhaps(z.number()),
});

const setSchema = z.object({
  name: z.string(),
  kind: z.enum(['config', 'shard']),
  /** Whether the shard is being removed. */
  draining: perhaps(z.boolean()),
  documents: perhaps(z.number()),
  chunks: perhaps(z.number()),
});

const topologySchema = z.object({
  containers: z.array(containerSchema),
  sets: z.array(setSchema),
  /** What the gateway could not learn, and why. */
  problems: perhaps(z.array(z.string())),
});

export type Container = z.infer<typeof containerSchema>;
export type ReplicaSet = z.infer<typeof setSchema>;
export type Topology = z.infer<typeof topologySchema>;

/** The cluster as it is now; looked at again and again while it shows. */
export function useTopology(interval: number = settings.topologyInterval) {
  const gateway = useGateway();
  return useQuery({
    queryKey: [scopeOf(gateway), 'topology'],
    queryFn: ({ signal }) => gateway.get('/api/topology', topologySchema, signal),
    refetchInterval: interval,
  });
}

/** Whether a part of this kind is known not to answer. */
export const isDown = ({ containers }: Topology, kind: Kind) =>
  containers.some((container) => container.kind === kind && container.healthy === false);

export const isPrimary = ({ state, healthy }: Container) =>
  state === 'PRIMARY' && healthy !== false;
