import type { ReactNode } from 'react';

import { ViewTitle } from './view-title';
import styles from './page-head.module.css';

/** A view's title and one sentence on what it shows. */
export function PageHead({ title, children }: { title: string; children: ReactNode }) {
  return (
    <header className={styles.head}>
      <ViewTitle className={styles.title}>{title}</ViewTitle>
      <p className={styles.lead}>{children}</p>
    </header>
  );
}
