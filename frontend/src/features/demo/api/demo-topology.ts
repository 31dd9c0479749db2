const sets = [
  { name: 'configReplSet', kind: 'config', host: 'config-server-' },
  { name: 'shard1ReplSet', kind: 'shard', host: 'shard1-node' },
  { name: 'shard2ReplSet', kind: 'shard', host: 'shard2-node' },
] as const;

const others = [
  ['frontend', 'C', 'frontend'],
  ['api-gateway', 'C', 'gateway'],
  ['init', 'C', 'init'],
  ['redis', 'B', 'redis'],
  ['redis-ui', 'B', 'redis-ui'],
  ['mongos', 'A', 'mongos'],
] as const;

/** Every so often the demo loses a primary, to show what that looks like. */
const ROUND_S = 60;
const DOWN = { from: 20, to: 40 };
/** How long until the others have elected one of themselves, in seconds. */
const ELECTION_S = 4;

/** The cluster as the demo has it so many seconds after it started. */
export function demoTopology(seconds: number, documents: number): object {
  const phase = seconds % ROUND_S;
  const isDown = phase >= DOWN.from && phase < DOWN.to;
  const isElected = phase >= DOWN.from + ELECTION_S;
  const containers = sets.flatMap(({ name, kind, host }) =>
    [1, 2, 3].map((i) => {
      const falls = name === 'shard1ReplSet';
      const primary = falls && isElected ? 2 : 1;
      const healthy = !(falls && i === 1 && isDown);
      const isFirst = i === primary && healthy;
      return {
        name: `${host}${i}`,
        node: 'A',
        kind,
        set: name,
        host: `${host}${i}:27017`,
        state: isFirst ? 'PRIMARY' : healthy ? 'SECONDARY' : 'DOWN',
        healthy,
        lagSeconds: healthy && !isFirst ? 0 : null,
      };
    }),
  );
  return {
    containers: [
      ...containers,
      ...others.map(([name, node, kind]) =>
        kind === 'init' ? { name, node, kind, state: 'DONE' } : { name, node, kind, healthy: true },
      ),
    ],
    sets: sets.map(({ name, kind }) => {
      const half = Math.floor(documents / 2);
      if (kind === 'config') return { name, kind, draining: false };
      return {
        name,
        kind,
        draining: false,
        documents: name === 'shard1ReplSet' ? half : documents - half,
        chunks: 2,
      };
    }),
    problems: [],
  };
}
