import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';

/**
 * Follows an element's width in CSS pixels, so that a drawing can be laid out for the room it has
 * and its text keeps its size. Gives null until the element was measured.
 */
export function useWidth<T extends Element>(): [RefObject<T>, number | null] {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState<number | null>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  return [ref, width];
}
