import { settings } from '@/config/settings';

import { UnreachableError } from './errors';
import type { Transport } from './transport';

/** Whether the page shows the cluster or its demo, and why. */
export type Connection =
  | { readonly mode: 'live' }
  | { readonly mode: 'demo'; readonly why: 'chosen' }
  | { readonly mode: 'demo'; readonly why: 'unreachable'; readonly reason: string };

const LIVE: Connection = { mode: 'live' };
const CHOSEN: Connection = { mode: 'demo', why: 'chosen' };

/**
 * Falls back to the demo when the gateway is away, asks for it at intervals, and comes back by
 * itself. A demo that somebody chose stays until they leave it.
 */
export class ConnectionStore {
  #current: Connection = LIVE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #probing: Promise<void> | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly transport: Transport) {}

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly snapshot = () => this.#current;

  /** The transport for live data, which notices by itself that nobody answers. */
  readonly watched: Transport = async (path, signal) => {
    try {
      return await this.transport(path, signal);
    } catch (error) {
      if (error instanceof UnreachableError) void this.probe();
      throw error;
    }
  };

  readonly chooseDemo = () => {
    this.#set(CHOSEN);
  };

  readonly leaveDemo = () => {
    this.#set(LIVE);
    void this.probe();
  };

  /** Asks whether the gateway answers, whatever it says, and switches accordingly. */
  readonly probe = () => {
    this.#probing ??= this.#ask().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  };

  async #ask() {
    let found: Connection = LIVE;
    try {
      await this.transport('/health');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      found = { mode: 'demo', why: 'unreachable', reason };
    }
    // Somebody may have chosen the demo while the question was on its way.
    if (this.#current !== CHOSEN) this.#set(found);
  }

  #set(next: Connection) {
    clearTimeout(this.#timer);
    if (next.mode === 'demo' && next.why === 'unreachable') {
      this.#timer = setTimeout(() => void this.probe(), settings.probeInterval);
    }
    if (same(this.#current, next)) return;
    this.#current = next;
    for (const listener of this.#listeners) listener();
  }
}

function same(a: Connection, b: Connection): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
