import { SourceBadge } from '@/components/answer/source-badge';
import { Table } from '@/components/ui/table';
import { formatClock, formatMs } from '@/lib/format';
import type { LoggedRequest } from '@/lib/gateway/request-log';
import { split } from '@/lib/gateway/timing';
import type { Segment } from '@/lib/gateway/timing';

const SHOWN = 15;

/** The last requests in figures, newest first. */
export function RequestsTable({ requests }: { requests: readonly LoggedRequest[] }) {
  const shown = requests.slice(-SHOWN).reverse();
  return (
    <Table
      caption="The last requests, newest first"
      head={['At', 'Asked for', 'Answered by', 'Total', 'Browser', 'Network', 'Gateway', 'Store']}
      numeric={[3, 4, 5, 6, 7]}
      empty="No requests yet."
      rows={shown.map((request) => {
        const parts = split(request.timing);
        return {
          key: request.id,
          cells: [
            formatClock(request.at),
            request.label,
            <SourceBadge key="source" {...request} />,
            formatMs(request.timing.totalMs),
            show(parts, 'browser'),
            show(parts, 'network'),
            show(parts, 'gateway'),
            show(parts, 'store'),
          ],
        };
      })}
    />
  );
}

function show(parts: readonly Segment[], wanted: Segment['part']): string {
  const found = parts.find(({ part }) => part === wanted);
  return found ? formatMs(found.ms) : 'not known';
}
