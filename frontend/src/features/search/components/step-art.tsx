import { classNames } from '@/lib/class-names';

import styles from './step-art.module.css';

/** Small drawings of what happens to a search; the words beside them say the same. */
const drawings = {
  ask: (
    <>
      <rect className={styles.box} x="1" y="30" width="104" height="36" rx="18" />
      <circle className={styles.line} cx="22" cy="47" r="6" />
      <path className={styles.line} d="m26.5 51.5 5 5M44 48h42" />
      <path className={styles.path} d="M105 48h56" />
      <path className={styles.path} d="m154 41 7 7-7 7" />
      <rect className={styles.node} x="166" y="22" width="73" height="52" rx="10" />
      <path className={styles.nodeMark} d="M184 40h37M184 48h25M184 56h31" />
    </>
  ),
  fork: (
    <>
      <rect className={styles.node} x="1" y="26" width="46" height="44" rx="10" />
      <path className={styles.nodeMark} d="M13 41h22M13 48h14M13 55h18" />
      <path
        className={classNames(styles.path, styles.hot)}
        d="M47 40h26q10 0 10-10v0q0-10 10-10h50"
      />
      <circle className={styles.hotFill} cx="163" cy="20" r="17" />
      <path className={styles.bolt} d="m165 9-10 13h7l-1 8 10-13h-7z" />
      <path className={classNames(styles.path, styles.cold)} d="M47 56h26q10 0 10 10t10 10h50" />
      <path
        className={styles.store}
        d="M147 64c0-3 7-5 16-5s16 2 16 5v22c0 3-7 5-16 5s-16-2-16-5zm0 0c0 3 7 5 16 5s16-2 16-5"
      />
      <path
        className={styles.store}
        d="M193 64c0-3 7-5 16-5s16 2 16 5v22c0 3-7 5-16 5s-16-2-16-5zm0 0c0 3 7 5 16 5s16-2 16-5"
      />
    </>
  ),
  compare: (
    <>
      <path className={styles.axis} d="M1 6v84" />
      <rect className={styles.coldFill} x="6" y="16" width="222" height="24" rx="6" />
      <rect className={styles.hotFill} x="6" y="56" width="26" height="24" rx="6" />
      <path className={styles.gain} d="M228 68H44m7-7-7 7 7 7" />
    </>
  ),
} as const;

export function StepArt({ name }: { name: keyof typeof drawings }) {
  return (
    <svg
      className={styles.art}
      viewBox="0 0 240 96"
      preserveAspectRatio="xMinYMid meet"
      aria-hidden="true"
      focusable="false"
    >
      {drawings[name]}
    </svg>
  );
}
