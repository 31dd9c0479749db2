import { isPrimary } from '../api/topology';
import type { Container, Kind, ReplicaSet } from '../api/topology';

const kindNames: Record<Kind, string> = {
  frontend: 'Page, nginx',
  gateway: 'Search gateway',
  init: 'Set-up, runs once',
  redis: 'Cache',
  'redis-ui': 'Redis Commander',
  mongos: 'Query router',
  config: 'Config server',
  shard: 'Shard member',
};

export const kindName = ({ kind }: Container) => kindNames[kind];

/** `done` is the one-shot job that ended well. */
export type Health = 'up' | 'down' | 'done' | 'unknown';

export function healthOf({ healthy, state }: Container): Health {
  if (state === 'DONE') return 'done';
  if (healthy == null) return 'unknown';
  return healthy ? 'up' : 'down';
}

export const healthNames: Record<Health, string> = {
  up: 'up',
  down: 'down',
  done: 'done',
  unknown: 'not known',
};

/** What a member is in its set, or what else a container is. */
export function roleOf(container: Container): string {
  if (container.healthy === false) return 'Down';
  if (isPrimary(container)) return 'Primary';
  const { state } = container;
  if (!state) return container.set ? 'Not known' : kindName(container);
  return state.charAt(0) + state.slice(1).toLowerCase();
}

export function lagOf(container: Container): string | null {
  const { lagSeconds, healthy } = container;
  if (lagSeconds == null || healthy === false || isPrimary(container)) return null;
  if (lagSeconds < 0.5) return 'up to date';
  return lagSeconds < 10
    ? `${lagSeconds.toFixed(1)} s behind`
    : `${Math.round(lagSeconds)} s behind`;
}

/** `shard1 node1` for `cluster-shard1-node1`: without the beginning, which all share. */
export function shortName(name: string): string {
  return name
    .replace(/^cluster-/, '')
    .replace(/^config-(?:server-)?(?=\d)/, 'config ')
    .replace(/^(shard\d+)-(?=.)/, '$1 ');
}

/** What a container is called in a sentence. */
export function spokenName({ kind, name }: Container): string {
  return kind === 'redis' ? 'Redis' : kind === 'redis-ui' ? 'Redis Commander' : shortName(name);
}

export function setNote({ kind, documents, chunks, draining }: ReplicaSet): string {
  if (kind === 'config') return 'knows which shard has what';
  const parts = [
    documents != null && `${documents.toLocaleString('en')} documents`,
    chunks != null && `${chunks} ${chunks === 1 ? 'chunk' : 'chunks'}`,
    draining && 'being removed',
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'documents not known';
}
