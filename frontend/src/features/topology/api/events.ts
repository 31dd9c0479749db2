import { isPrimary } from './topology';
import type { Container, Topology } from './topology';

/** Something that changed between two looks at the cluster. */
export interface TopologyEvent {
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

/** Tells what happened, the worst first; a state that is not known tells nothing. */
export function eventsBetween(before: Topology, after: Topology): TopologyEvent[] {
  const events: TopologyEvent[] = [];
  for (const now of after.containers) {
    const then = before.containers.find(({ name }) => name === now.name);
    if (then) events.push(...changeOf(then, now));
  }
  for (const { name } of after.sets) {
    if (hasPrimary(before, name) && !hasPrimary(after, name)) {
      events.push({ tone: 'bad', text: `${name} has no primary: an election is due` });
    }
  }
  const order = { bad: 0, good: 1, plain: 2 };
  return events.sort((a, b) => order[a.tone] - order[b.tone]);
}

function changeOf(then: Container, now: Container): TopologyEvent[] {
  if (then.healthy !== false && now.healthy === false) {
    const what = isPrimary(then)
      ? `${now.name}, the primary of ${now.set ?? 'its set'},`
      : now.name;
    return [{ tone: 'bad', text: `${what} is down` }];
  }
  if (!isPrimary(then) && isPrimary(now)) {
    return [{ tone: 'good', text: `${now.name} is the new primary of ${now.set ?? 'its set'}` }];
  }
  if (then.healthy === false && now.healthy) {
    return [{ tone: 'good', text: `${now.name} is back` }];
  }
  if (then.state && now.state && then.state !== now.state) {
    return [{ tone: 'plain', text: `${now.name}: ${then.state} → ${now.state}` }];
  }
  return [];
}

function hasPrimary({ containers }: Topology, set: string): boolean {
  return containers.some((container) => container.set === set && isPrimary(container));
}
