import { useEffect, useState } from 'react';

import { formatClock } from '@/lib/format';
import { reasonOf, RefusedError, UnreachableError } from '@/lib/gateway/errors';

import { Button } from './button';
import { Notice } from './notice';

interface ProblemProps {
  readonly error: Error;
  /** What cannot be shown, such as "product". */
  readonly what: string;
  readonly onRetry: () => void;
}

/** Says what went wrong, and when it makes sense to try again. */
export function Problem({ error, what, onRetry }: ProblemProps) {
  const retryAt = error instanceof RefusedError ? error.retryAt : undefined;
  const waitS = useSecondsUntil(retryAt);
  const { title, warn } = describe(error, what);
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

function describe(error: Error, what: string): { title: string; warn: boolean } {
  const effect = `so the ${what} cannot be shown`;
  if (error instanceof UnreachableError) {
    return { title: `The gateway does not answer, ${effect}`, warn: false };
  }
  if (!(error instanceof RefusedError)) {
    return { title: `Something went wrong, ${effect}`, warn: false };
  }
  const { status } = error;
  switch (status) {
    case 429:
      return { title: 'Too many requests from this address', warn: true };
    case 503:
      return { title: `The cluster does not answer, ${effect} (503)`, warn: false };
    case 404:
      return { title: 'There is no such thing (404)', warn: true };
    case 400:
    case 422:
      return { title: `The gateway does not accept this request (${status})`, warn: true };
    default:
      return { title: `The gateway has a problem, ${effect} (${status})`, warn: false };
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
