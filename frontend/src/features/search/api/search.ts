import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { settings } from '@/config/settings';
import type { Gateway } from '@/lib/gateway/gateway';
import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';
import { productSchema } from '@/lib/gateway/products';

const searchAnswerSchema = z.object({
  /** Products in this answer. */
  count: z.number(),
  data: z.array(productSchema),
  /** Products that match on all pages, counted up to 1,000. */
  total: z.optional(z.number()),
  /** True if even more match than were counted. */
  more: z.optional(z.boolean()),
  /** True if nothing has all the words, and these have some of them. */
  nearest: z.optional(z.boolean()),
  /** What was searched for instead of words that nothing has. */
  corrected: z.optional(z.string()),
});

export interface SearchRequest {
  readonly query: string;
  /** Counted from 1. */
  readonly page: number;
}

export function searchProducts(
  gateway: Gateway,
  { query, page }: SearchRequest,
  signal?: AbortSignal,
) {
  const params = new URLSearchParams({
    query,
    limit: String(settings.pageSize),
    page: String(page),
  });
  return gateway.measure(
    { path: `/api/search?${params}`, kind: 'search', label: () => `“${query}”` },
    searchAnswerSchema,
    signal,
  );
}

/** Searches as the query changes; an answer that is no longer wanted is cancelled. */
export function useSearch({ query, page }: SearchRequest) {
  const gateway = useGateway();
  const scope = scopeOf(gateway);
  return useQuery({
    queryKey: [scope, 'search', query, page],
    // With what was asked: results that stay for a moment are those of another search.
    queryFn: async ({ signal }) => ({
      ...(await searchProducts(gateway, { query, page }, signal)),
      asked: { query, page },
    }),
    enabled: query !== '',
    // The last results stay until the next are there, but never across live and demo.
    placeholderData: (previous, query) => (query?.queryKey[0] === scope ? previous : undefined),
  });
}
