import type { ButtonHTMLAttributes } from 'react';

import { classNames } from '@/lib/class-names';

import styles from './button.module.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'solid' | 'outline' | 'ghost';
  /** Square, for an icon alone: give it an aria-label. */
  readonly square?: boolean;
}

export function Button({ look = 'outline', square = false, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classNames(styles.button, styles[look], square && styles.square, className)}
    />
  );
}
