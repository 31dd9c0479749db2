import type { Health } from './health';

export interface Status {
  readonly tone: 'good' | 'waiting' | 'warn' | 'bad';
  readonly text: string;
}

/**
 * The cluster's state in a few words. Containers that the diagram shows as down come first, so that
 * the two always agree.
 */
export function statusOf(
  health: Health | undefined,
  failed: boolean,
  down: readonly string[],
): Status {
  const [first] = down;
  if (first !== undefined) {
    const text = down.length === 1 ? `${first} is down` : `${down.length} containers are down`;
    return { tone: 'warn', text };
  }
  if (failed) return { tone: 'bad', text: 'state not known' };
  if (!health) return { tone: 'waiting', text: 'checking…' };
  if (health.healthy) return { tone: 'good', text: 'healthy' };
  return { tone: 'warn', text: health.troubles[0] ?? 'not healthy' };
}
