import { useId, useState } from 'react';

import { SourceBadge } from '@/components/answer/source-badge';
import { Button } from '@/components/ui/button';
import { settings } from '@/config/settings';
import { formatMs } from '@/lib/format';
import { reasonOf } from '@/lib/gateway/errors';
import { useRequests } from '@/lib/gateway/gateway-context';

import { useSendSearch } from '../api/send-search';

import styles from './try-search.module.css';

/** Sends one search from a view that shows what became of it. */
export function TrySearch() {
  const id = useId();
  const [query, setQuery] = useState('gaming laptop');
  const { send, sending, error } = useSendSearch();
  const last = useRequests().at(-1);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        send(query);
      }}
    >
      <label htmlFor={id} className={styles.label}>
        Send a search
      </label>
      <input
        id={id}
        className={styles.input}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
        }}
        maxLength={settings.searchMaxLength}
        required
        autoComplete="off"
        spellCheck={false}
      />
      <Button look="solid" type="submit" disabled={sending}>
        Send
      </Button>
      <p className={styles.outcome} role="status">
        {error ? (
          <span className={styles.error}>{reasonOf(error)}</span>
        ) : last ? (
          <>
            <SourceBadge {...last} /> {formatMs(last.timing.totalMs)} for {last.label}
          </>
        ) : (
          'Send it twice: the first is cold, the second is hot.'
        )}
      </p>
    </form>
  );
}
