import type { LoggedRequest } from '@/lib/gateway/request-log';

export type MarkKind = 'hot' | 'cold' | 'model';

export function markOf({ cached, source }: LoggedRequest): MarkKind {
  if (cached) return 'hot';
  return source === 'model' ? 'model' : 'cold';
}
