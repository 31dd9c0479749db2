import { useMemo, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';

import { ConnectionStore } from '@/lib/gateway/connection';
import { Gateway } from '@/lib/gateway/gateway';
import { GatewayContext } from '@/lib/gateway/gateway-context';
import { RequestLog } from '@/lib/gateway/request-log';
import { httpTransport } from '@/lib/gateway/transport';
import type { Transport } from '@/lib/gateway/transport';

const log = new RequestLog();
const store = new ConnectionStore(httpTransport);

const demoTransport: Transport = async (path, signal) => {
  const { demo } = await import('@/features/demo/api/demo-transport');
  return demo(path, signal);
};

const liveGateway = new Gateway(store.watched, log, false);
const demoGateway = new Gateway(demoTransport, log, true);

export function GatewayProvider({ children }: { children: ReactNode }) {
  const connection = useSyncExternalStore(store.subscribe, store.snapshot);
  const value = useMemo(
    () => ({ gateway: connection.mode === 'live' ? liveGateway : demoGateway, connection, store }),
    [connection],
  );
  return <GatewayContext.Provider value={value}>{children}</GatewayContext.Provider>;
}
