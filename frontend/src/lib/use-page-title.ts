import { useEffect } from 'react';

import { useGateway } from './gateway/gateway-context';

/** Names the tab, once there is a name; the demo shows even there. */
export function usePageTitle(name: string | undefined): void {
  const { demo } = useGateway();
  useEffect(() => {
    if (name !== undefined) document.title = `${demo ? '[Demo] ' : ''}${name} · SpeedScale`;
  }, [demo, name]);
}
