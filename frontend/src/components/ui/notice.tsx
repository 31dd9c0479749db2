import type { ReactNode } from 'react';

import { classNames } from '@/lib/class-names';

import { Icon } from './icon';
import type { IconName } from './icon';
import styles from './notice.module.css';

interface NoticeProps {
  readonly icon: IconName;
  readonly title: string;
  readonly tone?: 'plain' | 'warn' | 'bad';
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** What stands where content would: nothing found, nothing yet, or why there is none. */
export function Notice({ icon, title, tone = 'plain', children, action }: NoticeProps) {
  return (
    <div
      className={classNames(styles.notice, styles[tone])}
      role={tone === 'plain' ? undefined : 'alert'}
    >
      <span className={styles.icon}>
        <Icon name={icon} size={28} />
      </span>
      <div className={styles.text}>
        <h2 className={styles.title}>{title}</h2>
        {children}
        {action && <div className={styles.action}>{action}</div>}
      </div>
    </div>
  );
}
