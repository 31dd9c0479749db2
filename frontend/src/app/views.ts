import { lazy } from 'react';

import type { IconName } from '@/components/ui/icon';

/** The four views, in the order of the navigation. */
export const views: readonly { href: string; name: string; icon: IconName }[] = [
  { href: '/', name: 'Search', icon: 'search' },
  { href: '/latency', name: 'Latency', icon: 'pulse' },
  { href: '/topology', name: 'Topology', icon: 'cluster' },
  { href: '/cache', name: 'Cache', icon: 'cache' },
];

const loadLatency = async () => ({
  default: (await import('./routes/latency-route')).LatencyRoute,
});
const loadTopology = async () => ({
  default: (await import('./routes/topology-route')).TopologyRoute,
});
const loadCache = async () => ({ default: (await import('./routes/cache-route')).CacheRoute });

export const LatencyRoute = lazy(loadLatency);
export const TopologyRoute = lazy(loadTopology);
export const CacheRoute = lazy(loadCache);

/**
 * Brings what is not on the first screen while nothing else is going on. The demo must be here
 * before it is needed: when the network is gone, it is too late to fetch it.
 */
export function prefetchViews(): void {
  const load = () => {
    const all = [
      import('@/features/demo/api/demo-transport'),
      loadLatency(),
      loadTopology(),
      loadCache(),
    ];
    // What cannot be had now is asked for again when it is needed, and that failure shows.
    void Promise.allSettled(all);
  };
  if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: 3000 });
  else setTimeout(load, 1500);
}
