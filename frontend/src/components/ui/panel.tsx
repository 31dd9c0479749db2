import { useId } from 'react';
import type { ReactNode } from 'react';

import { classNames } from '@/lib/class-names';

import styles from './panel.module.css';

interface PanelProps {
  readonly title: string;
  /** One line under the title. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** A titled surface, and a landmark for screen readers. */
export function Panel({ title, note, actions, className, children }: PanelProps) {
  const id = useId();
  return (
    <section className={classNames(styles.panel, className)} aria-labelledby={id}>
      <header className={styles.header}>
        <div>
          <h2 id={id} className={styles.title}>
            {title}
          </h2>
          {note && <p className={styles.note}>{note}</p>}
        </div>
        {actions}
      </header>
      {children}
    </section>
  );
}
