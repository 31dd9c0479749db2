import styles from './search-intro.module.css';
import { StepArt } from './step-art';

const steps = [
  ['ask', 'Ask', 'The page sends your words through nginx to the search gateway.'],
  [
    'fork',
    'Hot or cold',
    'If Redis remembers the answer, that is all. If not, mongos asks every shard.',
  ],
  [
    'compare',
    'Compare',
    'Each answer shows who gave it and where the time went. Ask twice and see.',
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
