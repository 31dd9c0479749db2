import type { ReactNode } from 'react';

import { classNames } from '@/lib/class-names';

import styles from './stat.module.css';

export interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
  readonly tone?: 'plain' | 'hot' | 'cold' | 'accent';
}

/** One figure with its name; stands in a StatList. */
export function Stat({ label, value, note, tone = 'plain' }: StatProps) {
  return (
    <div className={classNames(styles.stat, styles[tone])}>
      <dt className={styles.label}>{label}</dt>
      <dd className={styles.value}>{value}</dd>
      {note && <dd className={styles.note}>{note}</dd>}
    </div>
  );
}

export function StatList({ children }: { children: ReactNode }) {
  return <dl className={styles.list}>{children}</dl>;
}
