import { useId, useRef, useState } from 'react';

import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { settings } from '@/config/settings';
import { useDebouncedCallback } from '@/lib/use-debounced-callback';

import styles from './search-box.module.css';

interface SearchBoxProps {
  /** What the page shows results for. */
  readonly query: string;
  /** `typed` while the person is still typing, `submitted` on Enter. */
  readonly onSearch: (query: string, how: 'typed' | 'submitted') => void;
  readonly busy: boolean;
}

/** Searches when typing pauses; Enter searches at once, and again if nothing changed. */
export function SearchBox({ query, onSearch, busy }: SearchBoxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query);
  const [sent, setSent] = useState(query);

  // When the query changes, it is our own coming back, which must not undo what was typed since, or
  // somebody else's (the back button, a trending search), which is to be shown.
  const [shown, setShown] = useState(query);
  if (query !== shown) {
    setShown(query);
    if (query !== sent) {
      setSent(query);
      setText(query);
    }
  }

  const send = (wanted: string, how: 'typed' | 'submitted') => {
    setSent(wanted);
    onSearch(wanted, how);
  };
  const typing = useDebouncedCallback((typed: string) => {
    const wanted = typed.trim();
    if (wanted === sent) return;
    if (wanted !== '' && wanted.length < settings.searchMinTyped) return;
    send(wanted, 'typed');
  }, settings.searchDebounce);

  const change = (typed: string) => {
    setText(typed);
    typing.schedule(typed);
  };

  return (
    <form
      role="search"
      className={styles.box}
      onSubmit={(event) => {
        event.preventDefault();
        typing.cancel();
        send(text.trim(), 'submitted');
      }}
    >
      <label htmlFor={id} className="sr-only">
        Search products
      </label>
      <span className={styles.icon}>
        <Icon name="search" />
      </span>
      <input
        id={id}
        ref={input}
        className={styles.input}
        type="search"
        value={text}
        onChange={(event) => {
          change(event.target.value);
        }}
        maxLength={settings.searchMaxLength}
        placeholder="Search for a product"
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
      />
      {text !== '' && (
        <Button
          look="ghost"
          square
          aria-label="Clear the search"
          onClick={() => {
            change('');
            input.current?.focus();
          }}
        >
          <Icon name="close" />
        </Button>
      )}
      <Button look="solid" type="submit" aria-busy={busy}>
        Search
      </Button>
    </form>
  );
}
