import styles from './legend.module.css';

export function Legend() {
  return (
    <ul className={styles.legend}>
      <li>
        <span className={styles.crown} aria-hidden="true">
          ♛
        </span>
        primary
      </li>
      <li>
        <span className={styles.up} aria-hidden="true" /> up
      </li>
      <li>
        <span className={styles.down} aria-hidden="true">
          ✕
        </span>
        down
      </li>
      <li>
        <span className={styles.unknown} aria-hidden="true" /> not known
      </li>
      <li>
        <span className={styles.hot} aria-hidden="true" /> path of a request that the cache answers
      </li>
      <li>
        <span className={styles.cold} aria-hidden="true" /> path of one that MongoDB answers
      </li>
    </ul>
  );
}
