import { Link } from 'wouter';

import { AnswerStrip } from '@/components/answer/answer-strip';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { PageHead } from '@/components/ui/page-head';
import { Problem } from '@/components/ui/problem';
import { Skeleton } from '@/components/ui/skeleton';
import { ViewTitle } from '@/components/ui/view-title';
import { useProduct } from '@/features/product/api/product';
import { ProductDetails } from '@/features/product/components/product-details';
import { SimilarProducts } from '@/features/product/components/similar-products';
import { RefusedError } from '@/lib/gateway/errors';
import { useRequests } from '@/lib/gateway/gateway-context';
import { usePageTitle } from '@/lib/use-page-title';

import styles from './product-route.module.css';

export function ProductRoute({ id }: { id: string }) {
  return (
    <div className={styles.page}>
      <Back />
      <Content product={useProduct(id)} />
    </div>
  );
}

function Content({ product }: { product: ReturnType<typeof useProduct> }) {
  const { data, error, refetch, isFetching } = product;
  usePageTitle(data?.answer.data.name);
  if (error instanceof RefusedError && error.status === 404) return <NoProduct />;
  if (!data) {
    if (!error) return <Skeleton height="30rem" />;
    return (
      <>
        <ViewTitle className="sr-only">Product</ViewTitle>
        <Problem error={error} what="product" onRetry={() => void refetch()} />
      </>
    );
  }
  return (
    <>
      {error && <Problem error={error} what="product" onRetry={() => void refetch()} />}
      <ProductDetails product={data.answer.data} demo={data.request.demo} />
      <div className={styles.answer}>
        <AnswerStrip measured={data} />
        <Button onClick={() => void refetch()} disabled={isFetching}>
          <Icon name="refresh" size={16} /> Run it again
        </Button>
      </div>
      <SimilarProducts product={data.answer.data} />
    </>
  );
}

function NoProduct() {
  return (
    <PageHead title="There is no such product">
      The address may be wrong, or it may be one of the demo’s products, which the cluster does not
      have.
    </PageHead>
  );
}

/** To the last results, if there were any. */
function Back() {
  const last = useRequests().findLast(({ kind }) => kind === 'search');
  const asked = new URLSearchParams(last?.path.split('?')[1]);
  const query = asked.get('query');
  const page = asked.get('page') ?? '1';
  const back = new URLSearchParams({ ...(query && { q: query }), ...(page !== '1' && { page }) });
  return (
    <p>
      <Link href={`/?${back}`} className={styles.back}>
        <Icon name="left" size={16} /> {query ? `Results for “${query}”` : 'Search'}
      </Link>
    </p>
  );
}
