import { settings } from '@/config/settings';

import { UnreachableError } from './errors';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, of a shape not yet checked. */
  readonly body: unknown;
  /** From asking until the whole body had arrived, in milliseconds. */
  readonly totalMs: number;
  /** The part of it on the wire, where the browser's own log tells. */
  readonly wireMs?: number;
}

/**
 * Brings the gateway's answer to a path such as `/api/search?query=…`, whatever its status.
 * Throws UnreachableError when there is none, and an AbortError when the caller gave up.
 */
export type Transport = (path: string, signal?: AbortSignal) => Promise<Reply>;

// nginx answers with these by itself when the gateway is away.
const PROXY_FAILED = new Set([502, 504]);

export const httpTransport: Transport = async (path, signal) => {
  const timeout = AbortSignal.timeout(settings.requestTimeout);
  const started = performance.now();
  const url = settings.backend + path;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      headers: { accept: 'application/json' },
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const why = timeout.aborted
      ? `no answer within ${settings.requestTimeout / 1000} s`
      : 'the connection failed';
    throw new UnreachableError(`The gateway cannot be reached: ${why}.`, { cause });
  }
  const totalMs = performance.now() - started;

  if (PROXY_FAILED.has(response.status)) {
    throw new UnreachableError(`The gateway cannot be reached: the proxy says ${response.status}.`);
  }
  return {
    status: response.status,
    headers: response.headers,
    body: parse(text),
    totalMs,
    ...wireTime(url),
  };
};

/** Without what the page itself was busy with while the answer was already there. */
function wireTime(url: string): { wireMs?: number } {
  const { href } = new URL(url, window.location.href);
  const entry = performance.getEntriesByName(href, 'resource').at(-1);
  // The browser's log has room for a few hundred entries, and then takes no more.
  performance.clearResourceTimings();
  if (!(entry instanceof PerformanceResourceTiming) || entry.responseEnd === 0) return {};
  return { wireMs: entry.responseEnd - entry.startTime };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
