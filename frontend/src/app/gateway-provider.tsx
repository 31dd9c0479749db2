import { useMemo, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';

import { ConnectionStore } from '@/lib/gateway/connection';
import { Gateway } from '@/lib/gateway/gateway';
import { GatewayContext } from '@/lib/gateway/gateway-context';
import { RequestLog } from '@/lib/gateway/request-log';
import { httpTransport } from '@/lib/gateway/transport';
import type { Transport } from '@/lib/gateway/transport';

const demoTransport: Transport = async (path, signal) => {
  const { demo } = await import('@/features/demo/api/demo-transport');
  return demo(path, signal);
};

function createGateways() {
  const log = new RequestLog();
  const store = new ConnectionStore(httpTransport);
  return {
    store,
    live: new Gateway(store.watched, log, false),
    demo: new Gateway(demoTransport, log, true),
  };
}

/** Gives everything below the cluster's gateway, or the demo's while that is away. */
export function GatewayProvider({ children }: { children: ReactNode }) {
  const [{ store, live, demo }] = useState(createGateways);
  const connection = useSyncExternalStore(store.subscribe, store.snapshot);
  const value = useMemo(
    () => ({ gateway: connection.mode === 'live' ? live : demo, connection, store }),
    [connection, store, live, demo],
  );
  return <GatewayContext.Provider value={value}>{children}</GatewayContext.Provider>;
}
