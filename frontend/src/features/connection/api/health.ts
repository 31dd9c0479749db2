import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { settings } from '@/config/settings';
import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';

const healthSchema = z.object({
  status: z.string(),
  connections: z.optional(z.record(z.string(), z.unknown())),
});

export interface Health {
  readonly healthy: boolean;
  /** Names of what the gateway needs and cannot reach. */
  readonly away: readonly string[];
}

/** What the gateway says of itself and of the stores behind it; asked for all the time. */
export function useHealth() {
  const gateway = useGateway();
  return useQuery({
    queryKey: [scopeOf(gateway), 'health'],
    queryFn: async ({ signal }): Promise<Health> => {
      const { status, connections = {} } = await gateway.get('/health', healthSchema, signal);
      const away = Object.keys(connections).filter((name) => connections[name] !== true);
      return { healthy: status === 'healthy', away };
    },
    refetchInterval: settings.healthInterval,
  });
}
