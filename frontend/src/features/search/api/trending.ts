import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';

const trendingSchema = z.array(z.string());

/** The last distinct searches of everybody, newest first. */
export function useTrending() {
  const gateway = useGateway();
  return useQuery({
    queryKey: [scopeOf(gateway), 'trending'],
    queryFn: ({ signal }) => gateway.get('/api/trending', trendingSchema, signal),
    staleTime: 10_000,
  });
}
