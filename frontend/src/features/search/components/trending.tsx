import { Icon } from '@/components/ui/icon';
import { examples } from '@/config/shop';

import { useTrending } from '../api/trending';

import styles from './trending.module.css';

const SHOWN = 8;

/** Other people's last searches; examples where there are none. */
export function Trending({ onPick }: { onPick: (query: string) => void }) {
  const { data = [], isPending } = useTrending();
  const isTrending = data.length > 0;
  const searches = isTrending ? data : examples;
  return (
    <div className={styles.trending}>
      {!isPending && (
        <>
          <h2 className={styles.title}>
            <Icon name={isTrending ? 'trending' : 'spark'} size={16} />
            {isTrending ? 'Trending' : 'For example'}
          </h2>
          <ul className={styles.list}>
            {searches.slice(0, SHOWN).map((query) => (
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
