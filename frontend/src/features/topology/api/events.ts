import { isPrimary } from './topology';
import type { Container, Topology } from './topology';

/** Something that changed between two looks at the cluster. */
export interface TopologyEvent {
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

/** The order of causes and effects: a primary is down, so there is none, so another one is chosen. */
const steps = ['down', 'steppedDown', 'noPrimary', 'elected', 'back', 'other'] as const;

interface Step extends TopologyEvent {
  readonly step: (typeof steps)[number];
}

/** Tells what happened, causes first; a state that is not known tells nothing. */
export function eventsBetween(before: Topology, after: Topology): TopologyEvent[] {
  const events: Step[] = [];
  for (const now of after.containers) {
    const then = before.containers.find(({ name }) => name === now.name);
    if (then) events.push(...changeOf(then, now));
  }
  for (const { name } of after.sets) {
    if (hasPrimary(before, name) && !hasPrimary(after, name)) {
      const text = `${name} has no primary now: its members elect another`;
      events.push({ step: 'noPrimary', tone: 'bad', text });
    }
  }
  return events
    .sort((a, b) => steps.indexOf(a.step) - steps.indexOf(b.step))
    .map(({ tone, text }) => ({ tone, text }));
}

function changeOf(then: Container, now: Container): Step[] {
  if (then.healthy !== false && now.healthy === false) {
    const what = isPrimary(then)
      ? `${now.name}, the primary of ${now.set ?? 'its set'},`
      : now.name;
    return [{ step: 'down', tone: 'bad', text: `${what} is down` }];
  }
  if (!isPrimary(then) && isPrimary(now)) {
    const text = `${now.name} is the new primary of ${now.set ?? 'its set'}`;
    return [{ step: 'elected', tone: 'good', text }];
  }
  if (then.healthy === false && now.healthy) {
    return [{ step: 'back', tone: 'good', text: `${now.name} is back` }];
  }
  if (then.state && now.state && then.state !== now.state) {
    const step = isPrimary(then) ? 'steppedDown' : 'other';
    const text = `${now.name} was ${then.state.toLowerCase()} and is ${now.state.toLowerCase()} now`;
    return [{ step, tone: 'plain', text }];
  }
  return [];
}

function hasPrimary({ containers }: Topology, set: string): boolean {
  return containers.some((container) => container.set === set && isPrimary(container));
}
