import { Skeleton } from '@/components/ui/skeleton';

import styles from './results-skeleton.module.css';

/** As large as the results that are to come. */
export function ResultsSkeleton() {
  return (
    <div className={styles.skeleton} role="status">
      <span className="sr-only">Searching…</span>
      <Skeleton height="6.5rem" />
      <Skeleton height="2.5rem" radius="var(--radius)" />
      <div className={styles.grid}>
        {Array.from({ length: 8 }, (_, i) => (
          <Skeleton key={i} height="20rem" />
        ))}
      </div>
    </div>
  );
}
