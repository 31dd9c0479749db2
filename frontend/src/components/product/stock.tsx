import { classNames } from '@/lib/class-names';

import styles from './stock.module.css';

export function Stock({ inStock }: { inStock: boolean }) {
  return (
    <span className={classNames(styles.stock, inStock ? styles.in : styles.out)}>
      {inStock ? 'In stock' : 'Sold out'}
    </span>
  );
}
