import { createContext } from 'react';

/** Knows at which view the reader is, so that arriving at another one moves the focus once. */
export class ViewFocus {
  constructor(private path: string) {}

  /** Whether this is another view than before. */
  arriveAt(path: string): boolean {
    if (path === this.path) return false;
    this.path = path;
    return true;
  }
}

export const ViewFocusContext = createContext<ViewFocus | null>(null);
