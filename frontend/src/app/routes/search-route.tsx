import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

import { ViewTitle } from '@/components/ui/view-title';
import { useSearch } from '@/features/search/api/search';
import { SearchBox } from '@/features/search/components/search-box';
import { SearchResults } from '@/features/search/components/search-results';
import { Trending } from '@/features/search/components/trending';

import styles from './search-route.module.css';
import { StartView } from './start-view';

/** `/?q=…&page=…`: the address is the state, so it can be shared. */
export function SearchRoute() {
  const [params, setParams] = useSearchParams();
  const asked = { query: params.get('q')?.trim() ?? '', page: readPage(params.get('page')) };
  const result = useSearch(asked);
  const { refetch } = result;

  const go = useCallback(
    (query: string, page: number, replace: boolean) => {
      const next = new URLSearchParams();
      if (query !== '') next.set('q', query);
      if (page > 1) next.set('page', String(page));
      setParams(next, { replace });
    },
    [setParams],
  );

  const { query } = asked;
  const onSearch = useCallback(
    (wanted: string, how: 'typed' | 'submitted') => {
      // Each key typed makes no entry of its own, but Back leads to the start page.
      if (wanted !== query) go(wanted, 1, how === 'typed' && query !== '');
      else if (how === 'submitted' && wanted !== '') void refetch();
    },
    [query, go, refetch],
  );

  return (
    <div className={styles.page}>
      <div className={styles.hero}>
        <ViewTitle className={styles.title}>
          Search a sharded cluster, and see where the time goes
        </ViewTitle>
        <SearchBox query={query} onSearch={onSearch} busy={result.isFetching} />
        <Trending
          onPick={(picked) => {
            go(picked, 1, false);
          }}
        />
      </div>
      {query === '' ? (
        <StartView />
      ) : (
        <SearchResults
          result={result}
          onPage={(page) => {
            go(query, page, false);
            window.scrollTo(0, 0);
          }}
        />
      )}
    </div>
  );
}

function readPage(text: string | null): number {
  const page = Number(text);
  return Number.isSafeInteger(page) && page > 0 ? page : 1;
}
