import { ProductArt } from '@/components/product/product-art';
import { Rating } from '@/components/product/rating';
import { Stock } from '@/components/product/stock';
import { ViewTitle } from '@/components/ui/view-title';
import { formatPrice } from '@/lib/format';
import type { Product } from '@/lib/gateway/products';

import styles from './product-details.module.css';

interface ProductDetailsProps {
  readonly product: Product;
  readonly demo: boolean;
}

export function ProductDetails({ product, demo }: ProductDetailsProps) {
  return (
    <article className={styles.product}>
      <div className={styles.art}>
        <ProductArt name={product.name} category={product.category} />
      </div>
      <div className={styles.text}>
        <p className={styles.kind}>
          {product.category} · {product.brand}
          {demo && <span className={styles.demo}>Demo</span>}
        </p>
        <ViewTitle className={styles.name}>{product.name}</ViewTitle>
        <p className={styles.description}>{product.description}</p>
        <p className={styles.price}>{formatPrice(product.price)}</p>
        <p className={styles.facts}>
          <Rating value={product.rating} />
          <Stock inStock={product.inStock} />
        </p>
        <p className={styles.id}>
          _id <code>{product._id}</code>
        </p>
      </div>
    </article>
  );
}
