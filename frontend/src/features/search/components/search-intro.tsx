import styles from './search-intro.module.css';
import { StepArt } from './step-art';

const steps = [
  ['ask', 'Ask', 'The page sends your words through nginx to the search gateway.'],
  [
    'fork',
    'Hot or cold',
    'If Redis still has the answer, you get it at once. If not, mongos asks every shard.',
  ],
  [
    'compare',
    'Compare',
    'Each answer says where it came from and how long each part took. Search twice, and see.',
  ],
] as const;

/** What the page is for, before anything was searched. */
export function SearchIntro() {
  return (
    <ol className={styles.steps}>
      {steps.map(([art, title, text]) => (
        <li key={art} className={styles.step}>
          <StepArt name={art} />
          <h3 className={styles.title}>{title}</h3>
          <p className={styles.text}>{text}</p>
        </li>
      ))}
    </ol>
  );
}
