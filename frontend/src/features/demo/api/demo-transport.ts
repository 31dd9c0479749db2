import type { Reply, Transport } from '@/lib/gateway/transport';

import { DemoGateway } from './demo-gateway';

const gateway = new DemoGateway();

/**
 * Answers as the gateway would, from data that ships with the page. What it says goes through the
 * same schemas and the same views as live data, so the demo cannot drift from them.
 */
export const demo: Transport = async (path, signal) => {
  const started = performance.now();
  const { status, body, headers = {}, takesMs } = gateway.answer(new URL(path, 'http://demo'));
  await wait(takesMs, signal);
  const reply: Reply = {
    status,
    headers: new Headers(headers),
    body,
    totalMs: performance.now() - started,
  };
  return reply;
};

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException('The request was cancelled', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
