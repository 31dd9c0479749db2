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
        <span className={styles.hot} aria-hidden="true" /> way of a hot request
      </li>
      <li>
        <span className={styles.cold} aria-hidden="true" /> way of a cold one
      </li>
    </ul>
  );
}
