import type { Key, ReactNode } from 'react';

import { classNames } from '@/lib/class-names';

import styles from './table.module.css';

interface TableProps {
  /** For screen readers: a heading stands over the table already. */
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly { readonly key: Key; readonly cells: readonly ReactNode[] }[];
  /** Columns that hold figures, counted from 0. */
  readonly numeric?: readonly number[];
  readonly empty?: string;
}

/** Scrolls sideways on its own where it is too wide; the first column names the row. */
export function Table({ caption, head, rows, numeric = [], empty }: TableProps) {
  const align = (column: number) => classNames(numeric.includes(column) && styles.numeric);
  return (
    // A keyboard must be able to scroll what a mouse can.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} role="group" aria-label={caption} tabIndex={0}>
      <table className={styles.table}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {head.map((name, column) => (
              <th key={name} scope="col" className={align(column)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.length === 0 && empty && (
            <tr>
              <td colSpan={head.length}>{empty}</td>
            </tr>
          )}
          {rows.map(({ key, cells: [first, ...rest] }) => (
            <tr key={key}>
              <th scope="row">{first}</th>
              {rest.map((cell, i) => (
                <td key={head[i + 1]} className={align(i + 1)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
