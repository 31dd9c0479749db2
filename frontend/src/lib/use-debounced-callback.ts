import { useEffect, useMemo, useRef } from 'react';

interface Debounced<Args extends unknown[]> {
  /** Calls once no other call has come for the delay. */
  readonly schedule: (...args: Args) => void;
  /** Forgets the call that was scheduled. */
  readonly cancel: () => void;
}

/** Puts off a callback until calls to it pause; nothing is called after the component is gone. */
export function useDebouncedCallback<Args extends unknown[]>(
  callback: (...args: Args) => void,
  delayMs: number,
): Debounced<Args> {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  }, [callback]);

  const timer = useRef<ReturnType<typeof setTimeout>>();
  const debounced = useMemo(
    () => ({
      schedule: (...args: Args) => {
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          latest.current(...args);
        }, delayMs);
      },
      cancel: () => {
        clearTimeout(timer.current);
      },
    }),
    [delayMs],
  );

  useEffect(() => debounced.cancel, [debounced]);
  return debounced;
}
