import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { settings } from '@/config/settings';
import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';
import { productSchema } from '@/lib/gateway/products';

const showcaseSchema = z.object({ data: z.array(productSchema) });

/** Products to look at. Nobody typed this search: it is in no list of requests, and does not trend. */
export function useShowcase(query: string | undefined) {
  const gateway = useGateway();
  return useQuery({
    queryKey: [scopeOf(gateway), 'showcase', query],
    queryFn: ({ signal }) => {
      // The page of results that the cache is likely to have.
      const params = new URLSearchParams({
        query: query ?? '',
        limit: String(settings.pageSize),
        page: '1',
        trending: 'false',
      });
      return gateway.get(`/api/search?${params}`, showcaseSchema, signal);
    },
    enabled: query !== undefined,
    staleTime: 60_000,
  });
}
