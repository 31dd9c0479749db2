import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';
import { productSchema } from '@/lib/gateway/products';

const similarAnswerSchema = z.object({ data: z.array(productSchema) });

/** Products like this one, for a product that is known to exist. */
export function useSimilar(id: string, name: string) {
  const gateway = useGateway();
  return useQuery({
    queryKey: [scopeOf(gateway), 'similar', id],
    queryFn: ({ signal }) =>
      gateway.measure(
        {
          path: `/api/products/${encodeURIComponent(id)}/similar`,
          kind: 'similar',
          label: () => `like ${name}`,
        },
        similarAnswerSchema,
        signal,
      ),
  });
}
