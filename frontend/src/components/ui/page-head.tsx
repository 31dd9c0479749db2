import type { ReactNode } from 'react';

import styles from './page-head.module.css';

/** A view's title and one sentence on what it shows. */
export function PageHead({ title, children }: { title: string; children: ReactNode }) {
  return (
    <header className={styles.head}>
      <h1 className={styles.title}>{title}</h1>
      <p className={styles.lead}>{children}</p>
    </header>
  );
}
