import { useContext, useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';

import { ViewFocusContext } from '@/lib/view-focus';

interface ViewTitleProps {
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** A view's heading. It takes the focus from the link that led here, as a new page would. */
export function ViewTitle({ className, children }: ViewTitleProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  const focus = useContext(ViewFocusContext);
  const [path] = useLocation();
  useEffect(() => {
    if (focus?.arriveAt(path)) ref.current?.focus({ preventScroll: true });
  }, [focus, path]);
  return (
    <h1 ref={ref} className={className} tabIndex={-1}>
      {children}
    </h1>
  );
}
