import { AnswerStrip } from '@/components/answer/answer-strip';
import { ProductGrid } from '@/components/product/product-card';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { Notice } from '@/components/ui/notice';
import { Problem } from '@/components/ui/problem';
import { settings } from '@/config/settings';
import { formatCount, formatMs } from '@/lib/format';
import { sourceNames } from '@/lib/gateway/source';

import type { SearchRequest, useSearch } from '../api/search';

import { Paging } from './paging';
import { ResultsSkeleton } from './results-skeleton';
import styles from './search-results.module.css';

interface SearchResultsProps {
  readonly result: ReturnType<typeof useSearch>;
  readonly onPage: (page: number) => void;
}

export function SearchResults({ result, onPage }: SearchResultsProps) {
  const { data, error, isFetching, refetch } = result;
  const again = () => void refetch();
  if (error) return <Problem error={error} what="results" onRetry={again} />;
  if (!data) return <ResultsSkeleton />;

  const { answer, request, asked } = data;
  const said = `${describeCount(answer, asked)}. ${sourceNames[request.source]}, ${formatMs(request.timing.totalMs)}.`;
  return (
    <div className={styles.results}>
      <p className="sr-only" role="status">
        {isFetching ? 'Searching…' : said}
      </p>
      <AnswerStrip measured={data} />
      <div className={styles.head}>
        <h2 className={styles.count}>{describeCount(answer, asked)}</h2>
        <Button onClick={again} disabled={isFetching}>
          <Icon name="refresh" size={16} /> Run it again
        </Button>
      </div>
      <Instead answer={answer} asked={asked} />
      {answer.data.length > 0 ? (
        <ProductGrid products={answer.data} demo={request.demo} busy={isFetching} />
      ) : (
        <NothingFound asked={asked} />
      )}
      <Paging page={asked.page} answer={answer} onPage={onPage} />
    </div>
  );
}

type Answer = NonNullable<ReturnType<typeof useSearch>['data']>['answer'];

function describeCount(answer: Answer, { query, page }: SearchRequest): string {
  const { total, more = false, nearest = false, data, corrected } = answer;
  const words = `“${corrected ?? query}”`;
  if (nearest) return `Nearest matches for ${words}`;
  // Without a total, a full page tells only of itself: there may be more.
  const isAll = total !== undefined || (page === 1 && data.length < settings.pageSize);
  const count = total ?? data.length;
  const products = `${formatCount(count)}${more ? '+' : ''} ${count === 1 ? 'product' : 'products'}`;
  return `${products}${isAll ? '' : ` on page ${page}`} for ${words}`;
}

/** Says so when the results are not for all the words that were typed. */
function Instead({ answer, asked }: { answer: Answer; asked: SearchRequest }) {
  const { corrected, nearest = false, data } = answer;
  if (data.length === 0) return null;
  if (corrected !== undefined) {
    return (
      <p className={styles.instead}>
        Nothing matches “{asked.query}”. Here are {nearest ? 'the nearest matches' : 'the results'}{' '}
        for <strong>{corrected}</strong>.
      </p>
    );
  }
  if (!nearest) return null;
  return (
    <p className={styles.instead}>
      Nothing matches all of these words. Here are the nearest matches.
    </p>
  );
}

function NothingFound({ asked: { query, page } }: { asked: SearchRequest }) {
  if (page > 1) {
    return <Notice icon="search" title={`There is no page ${page} for “${query}”`} />;
  }
  return (
    <Notice icon="search" title={`Nothing matches “${query}”`}>
      <p>Check the spelling, or try other words.</p>
    </Notice>
  );
}
