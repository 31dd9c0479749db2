import { createContext, useContext, useSyncExternalStore } from 'react';

import type { Connection, ConnectionStore } from './connection';
import type { Gateway } from './gateway';
import type { LoggedRequest } from './request-log';

export interface GatewayContextValue {
  readonly gateway: Gateway;
  readonly connection: Connection;
  readonly store: ConnectionStore;
}

export const GatewayContext = createContext<GatewayContextValue | null>(null);

function useGatewayContext(): GatewayContextValue {
  const value = useContext(GatewayContext);
  if (!value) throw new Error('A GatewayProvider is missing above this component');
  return value;
}

export function useGateway(): Gateway {
  return useGatewayContext().gateway;
}

export function useConnection(): { connection: Connection; store: ConnectionStore } {
  return useGatewayContext();
}

/**
 * The last requests, oldest first: the cluster's or the demo's, whichever the page shows.
 * The two never mix.
 */
export function useRequests(): readonly LoggedRequest[] {
  const { log, demo } = useGateway();
  const all = useSyncExternalStore(log.subscribe, log.snapshot);
  return all.filter((request) => request.demo === demo);
}

/** The first part of every query key, so that nothing of the demo is ever taken for live data. */
export function scopeOf(gateway: Gateway): 'demo' | 'live' {
  return gateway.demo ? 'demo' : 'live';
}
