import { useState } from 'react';

import { eventsBetween } from '../api/events';
import type { TopologyEvent } from '../api/events';
import type { Topology } from '../api/topology';

export interface SeenEvent extends TopologyEvent {
  readonly id: string;
  readonly at: number;
}

const KEPT = 12;

/** What was seen to change while the view was open, in the order in which it happened. */
export function useEvents(topology: Topology | undefined, at: number): readonly SeenEvent[] {
  const [seen, setSeen] = useState<{ last: Topology | undefined; events: readonly SeenEvent[] }>({
    last: topology,
    events: [],
  });
  // Comparing with the look before is part of taking in this one, so it happens while rendering.
  if (topology && topology !== seen.last) {
    const fresh = seen.last ? eventsBetween(seen.last, topology) : [];
    const stamped = fresh.map((event) => ({ ...event, at, id: `${at} ${event.text}` }));
    setSeen({ last: topology, events: [...seen.events, ...stamped].slice(-KEPT) });
  }
  return seen.events;
}
