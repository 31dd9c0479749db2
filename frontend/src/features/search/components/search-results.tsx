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
  if (error) return <Problem error={error} doing="search" onRetry={again} />;
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
      {answer.corrected !== undefined && (
        <p className={styles.corrected}>
          Showing results for <strong>{answer.corrected}</strong>. Nothing matches “{asked.query}”.
        </p>
      )}
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

function describeCount({ total, data, corrected }: Answer, { query, page }: SearchRequest): string {
  // Without a total, a full page tells only of itself: there may be more.
  const isAll = total != null || (page === 1 && data.length < settings.pageSize);
  const count = total ?? data.length;
  const products = `${formatCount(count)} ${count === 1 ? 'product' : 'products'}`;
  return `${products}${isAll ? '' : ` on page ${page}`} for “${corrected ?? query}”`;
}

function NothingFound({ asked: { query, page } }: { asked: SearchRequest }) {
  if (page > 1) {
    return <Notice icon="search" title={`There is no page ${page} for “${query}”`} />;
  }
  return (
    <Notice icon="search" title={`Nothing matches “${query}”`}>
      <p>Every word must start a word of a product’s name, category or brand. Try fewer words.</p>
    </Notice>
  );
}
