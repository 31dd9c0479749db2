import { Link } from 'wouter';

import { ProductCard } from '@/components/product/product-card';
import { Skeleton } from '@/components/ui/skeleton';
import { useGateway } from '@/lib/gateway/gateway-context';

import { useShowcase } from '../api/showcase';

import { Section } from './section';
import styles from './showcase.module.css';

const SHOWN = 8;

interface ShowcaseProps {
  /** What to show products of; undefined while that is not known. */
  readonly query: string | undefined;
}

/** Some of the shop's products. It is an extra: what cannot be shown is said in a line. */
export function Showcase({ query }: ShowcaseProps) {
  const { demo } = useGateway();
  const { data, error } = useShowcase(query);
  if (error) return <p className={styles.away}>The shop cannot show its products now.</p>;
  return (
    <Section
      title={query === undefined ? 'In the shop' : `In the shop: ${query}`}
      aside={
        query !== undefined && <Link href={`/?${new URLSearchParams({ q: query })}`}>Show all</Link>
      }
    >
      <ul className={styles.list} aria-busy={!data} data-testid="showcase">
        {data
          ? data.data.slice(0, SHOWN).map((product) => (
              <li key={product._id}>
                <ProductCard product={product} demo={demo} />
              </li>
            ))
          : Array.from({ length: SHOWN }, (_, i) => (
              <li key={i}>
                <Skeleton height="20rem" />
              </li>
            ))}
      </ul>
    </Section>
  );
}
