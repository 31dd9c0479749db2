import { Icon } from '@/components/ui/icon';

import { useTrending } from '../api/trending';

import styles from './trending.module.css';

const SHOWN = 8;

/** Other people's last searches. It is an extra: where there are none, it is just not there. */
export function Trending({ onPick }: { onPick: (query: string) => void }) {
  const { data = [] } = useTrending();
  return (
    <div className={styles.trending}>
      {data.length > 0 && (
        <>
          <h2 className={styles.title}>
            <Icon name="trending" size={16} /> Trending
          </h2>
          <ul className={styles.list}>
            {data.slice(0, SHOWN).map((query) => (
              <li key={query}>
                <button
                  type="button"
                  className={styles.chip}
                  onClick={() => {
                    onPick(query);
                  }}
                >
                  {query}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
