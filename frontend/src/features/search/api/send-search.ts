import { useMutation } from '@tanstack/react-query';

import { useGateway } from '@/lib/gateway/gateway-context';

import { searchProducts } from './search';

/** Sends one search, only to see how it fares. */
export function useSendSearch() {
  const gateway = useGateway();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (query: string) => searchProducts(gateway, { query: query.trim(), page: 1 }),
    networkMode: 'always',
  });
  return { send: mutate, sending: isPending, error };
}
