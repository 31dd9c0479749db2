import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { settings } from '@/config/settings';
import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';

const healthSchema = z.object({
  status: z.string(),
  connections: z.optional(z.record(z.string(), z.unknown())),
  /** The same in words. */
  servers: z.optional(z.record(z.string(), z.unknown())),
});

export interface Health {
  readonly healthy: boolean;
  /** What is wrong with what the gateway needs, a few words each. */
  readonly troubles: readonly string[];
}

const names: Readonly<Record<string, string>> = { mongodb: 'MongoDB', redis: 'Redis' };

/** What the gateway says of itself and of the stores behind it; asked for all the time. */
export function useHealth() {
  const gateway = useGateway();
  return useQuery({
    queryKey: [scopeOf(gateway), 'health'],
    queryFn: async ({ signal }): Promise<Health> => {
      const told = await gateway.get('/health', healthSchema, signal);
      const { status, connections = {}, servers = {} } = told;
      const troubles = Object.keys(connections)
        .filter((store) => connections[store] !== true)
        .map((store) => describe(names[store] ?? store, servers[store]));
      return { healthy: status === 'healthy', troubles };
    },
    refetchInterval: settings.healthInterval,
  });
}

function describe(name: string, words: unknown): string {
  switch (words) {
    case 'Some shards do not answer':
      return 'some shards do not answer';
    case 'Takes no writes':
      return `${name} takes no writes`;
    case "Refuses the gateway's login":
      return `${name} refuses the gateway’s login`;
    default:
      return `${name} does not answer`;
  }
}
