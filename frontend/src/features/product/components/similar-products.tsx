import { AnswerStrip } from '@/components/answer/answer-strip';
import { ProductGrid } from '@/components/product/product-card';
import { Problem } from '@/components/ui/problem';
import { Skeleton } from '@/components/ui/skeleton';
import type { Product } from '@/lib/gateway/products';

import { useSimilar } from '../api/similar';

import styles from './similar-products.module.css';

export function SimilarProducts({ product }: { product: Product }) {
  const similar = useSimilar(product._id, product.name);
  return (
    <section className={styles.similar} aria-labelledby="similar-title">
      <h2 id="similar-title" className={styles.title}>
        Similar products
      </h2>
      <Content similar={similar} />
    </section>
  );
}

function Content({
  similar: { data, error, refetch },
}: {
  similar: ReturnType<typeof useSimilar>;
}) {
  if (error)
    return <Problem error={error} what="similar products" onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height="26rem" />;
  if (data.answer.data.length === 0) return <p>Nothing is similar enough.</p>;
  return (
    <>
      <AnswerStrip measured={data} />
      <ProductGrid products={data.answer.data} demo={data.request.demo} stretch />
    </>
  );
}
