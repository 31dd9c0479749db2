import { useEffect, useState } from 'react';

import { formatClock } from '@/lib/format';
import { RefusedError, ShapeError, UnreachableError } from '@/lib/gateway/errors';

import { Button } from './button';
import { Notice } from './notice';

interface ProblemProps {
  readonly error: Error;
  /** What could not be done, such as "search". */
  readonly doing: string;
  readonly onRetry: () => void;
}

/** Says what went wrong, and when it makes sense to try again. */
export function Problem({ error, doing, onRetry }: ProblemProps) {
  const retryAt = error instanceof RefusedError ? error.retryAt : undefined;
  const waitS = useSecondsUntil(retryAt);
  const { title, warn } = describe(error, doing);
  return (
    <Notice
      icon={warn ? 'clock' : 'alert'}
      tone={warn ? 'warn' : 'bad'}
      title={title}
      action={
        <Button onClick={onRetry} disabled={waitS > 0}>
          {waitS > 0 ? <span aria-hidden="true">{`Try again in ${waitS} s`}</span> : 'Try again'}
          {waitS > 0 && <span className="sr-only">Try again</span>}
        </Button>
      }
    >
      <p>{reasonOf(error)}</p>
      {retryAt !== undefined && <p>{`You can try again at ${formatClock(retryAt)}.`}</p>}
    </Notice>
  );
}

/** The gateway's own words, if there are any for readers. */
function reasonOf(error: Error): string {
  if (error instanceof RefusedError || error instanceof UnreachableError) return error.message;
  return error instanceof ShapeError
    ? 'The gateway answered something that this page does not know.'
    : 'The fault is in the page.';
}

function describe(error: Error, doing: string): { title: string; warn: boolean } {
  if (error instanceof UnreachableError) {
    return { title: `Nobody answered the ${doing}`, warn: false };
  }
  if (error instanceof ShapeError) {
    return { title: `The answer to the ${doing} cannot be read`, warn: false };
  }
  if (!(error instanceof RefusedError)) return { title: `The ${doing} failed`, warn: false };
  switch (error.status) {
    case 429:
      return { title: 'Too many requests from this address', warn: true };
    case 503:
      return { title: `The cluster cannot answer the ${doing} now (503)`, warn: false };
    case 404:
      return { title: 'There is no such thing (404)', warn: true };
    case 400:
    case 422:
      return { title: `The gateway does not accept this ${doing} (${error.status})`, warn: true };
    default:
      return { title: `The gateway refused the ${doing} (${error.status})`, warn: false };
  }
}

/** Whole seconds that are left until a moment, counted down as they pass. */
function useSecondsUntil(at: number | undefined): number {
  const left = () => (at === undefined ? 0 : Math.max(0, Math.ceil((at - Date.now()) / 1000)));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    if (at === undefined) return;
    const timer = setInterval(() => {
      const now = Math.max(0, Math.ceil((at - Date.now()) / 1000));
      setSeconds(now);
      if (now === 0) clearInterval(timer);
    }, 250);
    return () => {
      clearInterval(timer);
    };
  }, [at]);
  return seconds;
}
