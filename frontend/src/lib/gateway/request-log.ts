import { settings } from '@/config/settings';

import type { Source } from './source';
import type { Timing } from './timing';

export type RequestKind = 'search' | 'product' | 'similar';

/** One answered request, as the latency view and the diagram show it. */
export interface LoggedRequest {
  readonly id: number;
  /** Epoch milliseconds of the answer. */
  readonly at: number;
  readonly kind: RequestKind;
  /** What was asked for, in a person's words: the query, or the product. */
  readonly label: string;
  readonly path: string;
  readonly source: Source;
  readonly cached: boolean;
  /** True if the cache answered past its time, because the database could not be asked. */
  readonly stale: boolean;
  readonly timing: Timing;
  /** True if the demo's data answered: its times are simulated. */
  readonly demo: boolean;
}

type Listener = () => void;

/** The last requests, oldest first, for useSyncExternalStore: a snapshot never changes. */
export class RequestLog {
  #requests: readonly LoggedRequest[] = [];
  #nextId = 1;
  readonly #listeners = new Set<Listener>();

  readonly subscribe = (listener: Listener) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly snapshot = () => this.#requests;

  add(request: Omit<LoggedRequest, 'id' | 'at'>) {
    const logged = { ...request, id: this.#nextId++, at: Date.now() };
    this.#requests = [...this.#requests, logged].slice(-settings.requestsKept);
    for (const listener of this.#listeners) listener();
    return logged;
  }
}
