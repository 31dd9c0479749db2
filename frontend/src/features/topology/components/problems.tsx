import styles from './problems.module.css';

/** What the gateway could not learn about the cluster, in its own words. */
export function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className={styles.problems} aria-label="What could not be learnt">
      {problems.map((problem) => (
        <li key={problem}>{problem}</li>
      ))}
    </ul>
  );
}
