import { settings } from '@/config/settings';

import { UnreachableError } from './errors';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, of a shape not yet checked. */
  readonly body: unknown;
  /** From asking until the whole body had arrived, in milliseconds. */
  readonly totalMs: number;
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
  let response: Response;
  let text: string;
  try {
    response = await fetch(settings.backend + path, {
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
  return { status: response.status, headers: response.headers, body: parse(text), totalMs };
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
