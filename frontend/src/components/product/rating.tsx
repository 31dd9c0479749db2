import { Icon } from '@/components/ui/icon';

import styles from './rating.module.css';

/** A mean rating out of 5. */
export function Rating({ value }: { value: number }) {
  return (
    <span className={styles.rating}>
      <Icon name="star" size={16} />
      <span className="sr-only">Rated </span>
      {value.toFixed(1)}
      <span className="sr-only"> out of 5</span>
    </span>
  );
}
