import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect, useState } from 'react';
import { Route, Switch, useLocation } from 'wouter';

import { Skeleton } from '@/components/ui/skeleton';
import { scopeOf, useGateway } from '@/lib/gateway/gateway-context';
import { usePageTitle } from '@/lib/use-page-title';
import { ViewFocus, ViewFocusContext } from '@/lib/view-focus';

import { ErrorBoundary } from './error-boundary';
import { GatewayProvider } from './gateway-provider';
import { NotFoundRoute } from './routes/not-found-route';
import { ProductRoute } from './routes/product-route';
import { SearchRoute } from './routes/search-route';
import { Shell } from './shell';
import { CacheRoute, LatencyRoute, prefetchViews, TopologyRoute, views } from './views';

function createQueryClient() {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A refusal is shown, not hammered at; and each answer that is shown is one that was measured.
        retry: false,
        refetchOnWindowFocus: false,
        // The connection store knows better than the browser whether the gateway can be reached.
        networkMode: 'always',
      },
    },
  });
}

export function App() {
  const [queries] = useState(createQueryClient);
  const [path] = useLocation();
  const [focus] = useState(() => new ViewFocus(path));
  useEffect(prefetchViews, []);
  return (
    <QueryClientProvider client={queries}>
      <GatewayProvider>
        <Title />
        <Shell>
          <ErrorBoundary key={path}>
            <ViewFocusContext.Provider value={focus}>
              <Suspense fallback={<Skeleton height="70vh" />}>
                <Routes />
              </Suspense>
            </ViewFocusContext.Provider>
          </ErrorBoundary>
        </Shell>
      </GatewayProvider>
    </QueryClientProvider>
  );
}

function Routes() {
  // What these two gather over time belongs either to the cluster or to the demo.
  const scope = scopeOf(useGateway());
  return (
    <Switch>
      <Route path="/" component={SearchRoute} />
      <Route path="/products/:id">{({ id }) => <ProductRoute key={id} id={id} />}</Route>
      <Route path="/latency" component={LatencyRoute} />
      <Route path="/topology">
        <TopologyRoute key={scope} />
      </Route>
      <Route path="/cache">
        <CacheRoute key={scope} />
      </Route>
      <Route component={NotFoundRoute} />
    </Switch>
  );
}

/** Names the tab after the view; a product's view gives it the product's name. */
function Title() {
  const [path] = useLocation();
  const product = path.startsWith('/products/') ? 'Product' : 'No such page';
  usePageTitle(views.find(({ href }) => href === path)?.name ?? product);
  return null;
}
