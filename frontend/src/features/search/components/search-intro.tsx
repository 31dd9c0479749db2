import styles from './search-intro.module.css';

const steps = [
  ['Ask', 'The page sends your words through nginx to the search gateway.'],
  ['Hot or cold', 'If Redis remembers the answer, that is all. If not, mongos asks both shards.'],
  ['Compare', 'Each answer shows who gave it and where the time went. Ask twice and see.'],
] as const;

/** What the page is for, before anything was searched. */
export function SearchIntro() {
  return (
    <ol className={styles.steps}>
      {steps.map(([title, text], i) => (
        <li key={title} className={styles.step}>
          <span className={styles.number} aria-hidden="true">
            {i + 1}
          </span>
          <h2 className={styles.title}>{title}</h2>
          <p className={styles.text}>{text}</p>
        </li>
      ))}
    </ol>
  );
}
