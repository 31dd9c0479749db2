import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { settings } from '@/config/settings';

import styles from './paging.module.css';

interface PagingProps {
  /** Counted from 1. */
  readonly page: number;
  readonly answer: {
    readonly data: readonly unknown[];
    readonly total?: number | undefined;
    readonly more?: boolean | undefined;
  };
  readonly onPage: (page: number) => void;
}

export function Paging({ page, answer, onPage }: PagingProps) {
  const pages = pageCount(answer);
  const isLast = pages === undefined ? answer.data.length < settings.pageSize : page >= pages;
  if (page === 1 && isLast) return null;
  return (
    <nav className={styles.paging} aria-label="Pages of results">
      <Button
        disabled={page <= 1}
        onClick={() => {
          onPage(page - 1);
        }}
      >
        <Icon name="left" size={16} /> Previous
      </Button>
      <span className={styles.where} aria-current="page">
        Page {page}
        {pages !== undefined && ` of ${pages}`}
      </span>
      <Button
        disabled={isLast}
        onClick={() => {
          onPage(page + 1);
        }}
      >
        Next <Icon name="right" size={16} />
      </Button>
    </nav>
  );
}

/** Not known where more products match than were counted. */
function pageCount({ total, more = false }: PagingProps['answer']): number | undefined {
  if (total === undefined || more) return undefined;
  return Math.max(1, Math.ceil(total / settings.pageSize));
}
