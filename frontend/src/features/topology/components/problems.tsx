import { plainProblem } from '../api/plain-problem';

import styles from './problems.module.css';

/** What the gateway could not find out about the cluster. */
export function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  const said = [...new Set(problems.map(plainProblem))];
  return (
    <ul className={styles.problems} aria-label="What is not known">
      {said.map((problem) => (
        <li key={problem}>{problem}</li>
      ))}
    </ul>
  );
}
