import styles from './skeleton.module.css';

interface SkeletonProps {
  /** Any CSS length: the height of what will stand here, so that nothing moves when it comes. */
  readonly height: string;
  readonly radius?: string;
}

export function Skeleton({ height, radius = 'var(--radius-lg)' }: SkeletonProps) {
  return (
    <div className={styles.skeleton} style={{ height, borderRadius: radius }} aria-hidden="true" />
  );
}
