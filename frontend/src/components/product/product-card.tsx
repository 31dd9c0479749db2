import { Link } from 'wouter';

import { classNames } from '@/lib/class-names';
import { formatPrice } from '@/lib/format';
import type { Product } from '@/lib/gateway/products';

import { ProductArt } from './product-art';
import styles from './product-card.module.css';
import { Rating } from './rating';
import { Stock } from './stock';

interface ProductCardProps {
  readonly product: Product;
  readonly demo: boolean;
}

export function ProductCard({ product, demo }: ProductCardProps) {
  return (
    <article className={styles.card}>
      <div className={styles.art}>
        <ProductArt name={product.name} category={product.category} />
        {demo && <span className={styles.demo}>Demo</span>}
      </div>
      <div className={styles.text}>
        <p className={styles.kind}>
          {product.category} · {product.brand}
        </p>
        <h3 className={styles.name}>
          <Link href={`/products/${product._id}`} className={styles.link}>
            {product.name}
          </Link>
        </h3>
        <div className={styles.foot}>
          <span className={styles.price}>{formatPrice(product.price)}</span>
          <Rating value={product.rating} />
        </div>
        <Stock inStock={product.inStock} />
      </div>
    </article>
  );
}

interface ProductGridProps {
  readonly products: readonly Product[];
  readonly demo: boolean;
  readonly busy?: boolean;
  /** Few products share the whole width, instead of keeping their size. */
  readonly stretch?: boolean;
}

export function ProductGrid({ products, demo, busy = false, stretch = false }: ProductGridProps) {
  return (
    <ul
      className={classNames(styles.grid, stretch && styles.stretch)}
      aria-busy={busy}
      data-testid="products"
    >
      {products.map((product) => (
        <li key={product._id}>
          <ProductCard product={product} demo={demo} />
        </li>
      ))}
    </ul>
  );
}
