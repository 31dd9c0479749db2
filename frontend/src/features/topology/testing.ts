import type { Container, Topology } from './api/topology';

/** A cluster of `shards` shards with `members` members each, all well, the first ones leading. */
export function topologyOf({ shards = 2, members = 3 } = {}): Topology {
  const sets = [
    { name: 'configReplSet', kind: 'config' as const, host: 'config-server-' },
    ...Array.from({ length: shards }, (_, i) => ({
      name: `shard${i + 1}ReplSet`,
      kind: 'shard' as const,
      host: `shard${i + 1}-node`,
    })),
  ];
  const data = sets.flatMap(({ name, kind, host }) =>
    Array.from({ length: members }, (_, i): Container => ({
      name: `${host}${i + 1}`,
      node: 'A',
      kind,
      set: name,
      state: i === 0 ? 'PRIMARY' : 'SECONDARY',
      healthy: true,
    })),
  );
  const others: Container[] = [
    { name: 'frontend', node: 'C', kind: 'frontend', healthy: true },
    { name: 'api-gateway', node: 'C', kind: 'gateway', healthy: true },
    { name: 'init', node: 'C', kind: 'init', state: 'DONE' },
    { name: 'redis', node: 'B', kind: 'redis', healthy: true },
    { name: 'redis-ui', node: 'B', kind: 'redis-ui', healthy: true },
    { name: 'mongos', node: 'A', kind: 'mongos', healthy: true },
  ];
  return {
    containers: [...data, ...others],
    sets: sets.map(({ name, kind }) => ({ name, kind })),
  };
}

/** The same cluster with one container changed. */
export function withContainer(
  topology: Topology,
  name: string,
  change: Partial<Container>,
): Topology {
  return {
    ...topology,
    containers: topology.containers.map((container) =>
      container.name === name ? { ...container, ...change } : container,
    ),
  };
}
