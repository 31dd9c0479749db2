import { useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';
import { productSchema } from '@/lib/gateway/products';

const productAnswerSchema = z.object({ data: productSchema });

export function useProduct(id: string) {
  const gateway = useGateway();
  return useQuery({
    queryKey: [scopeOf(gateway), 'product', id],
    queryFn: ({ signal }) =>
      gateway.measure(
        {
          path: `/api/products/${encodeURIComponent(id)}`,
          kind: 'product',
          label: ({ data }) => data.name,
        },
        productAnswerSchema,
        signal,
      ),
  });
}
