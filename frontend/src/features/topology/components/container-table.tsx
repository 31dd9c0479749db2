import { Table } from '@/components/ui/table';
import { NONE } from '@/lib/format';

import type { Topology } from '../api/topology';

import { healthNames, healthOf, lagOf, roleOf } from './container-text';

export function ContainerTable({ topology }: { topology: Topology }) {
  return (
    <Table
      caption="All containers"
      head={['Container', 'Node', 'Role', 'Replica set', 'Health', 'Lag']}
      rows={topology.containers.map((container) => ({
        key: container.name,
        cells: [
          container.name,
          container.node,
          roleOf(container),
          container.set ?? NONE,
          healthNames[healthOf(container)],
          lagOf(container) ?? NONE,
        ],
      }))}
    />
  );
}
