import { Icon } from '@/components/ui/icon';
import type { IconName } from '@/components/ui/icon';
import { classNames } from '@/lib/class-names';
import type { LoggedRequest } from '@/lib/gateway/request-log';
import { sourceNames } from '@/lib/gateway/source';
import type { Source } from '@/lib/gateway/source';

import styles from './source-badge.module.css';

const icons: Record<Source, IconName> = {
  redis: 'bolt',
  mongodb: 'disk',
  model: 'spark',
  unknown: 'alert',
};

type SourceBadgeProps = Pick<LoggedRequest, 'source' | 'cached' | 'stale' | 'demo'>;

/** Who answered, told apart by word and picture as well as by colour. */
export function SourceBadge({ source, cached, stale, demo }: SourceBadgeProps) {
  return (
    <span className={classNames(styles.badge, styles[source])}>
      <Icon name={icons[source]} size={16} />
      {sourceNames[source]}
      <span className={styles.state}>{stale ? 'older copy' : cached ? 'hot' : 'cold'}</span>
      {demo && <span className={styles.demo}>demo</span>}
    </span>
  );
}
