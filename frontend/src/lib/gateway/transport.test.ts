import { expect, test, vi } from 'vitest';

import { UnreachableError } from './errors';
import { httpTransport } from './transport';

function stubFetch(answer: () => Promise<Response>) {
  const fetch = vi.fn<typeof globalThis.fetch>(answer);
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

test('asks through the proxy and brings whatever the gateway says', async () => {
  const fetch = stubFetch(() =>
    Promise.resolve(
      new Response('{"detail":"no"}', { status: 503, headers: { 'x-response-time': '2ms' } }),
    ),
  );
  const reply = await httpTransport('/api/search?query=a');
  expect(fetch.mock.calls[0]?.[0]).toBe('/backend/api/search?query=a');
  expect(reply).toMatchObject({ status: 503, body: { detail: 'no' } });
  expect(reply.headers.get('x-response-time')).toBe('2ms');
});

test.each([502, 504])('a proxy’s %i means that nobody is there', async (status) => {
  stubFetch(() => Promise.resolve(new Response('<html>', { status })));
  await expect(httpTransport('/health')).rejects.toBeInstanceOf(UnreachableError);
});

test('so does a connection that fails', async () => {
  stubFetch(() => Promise.reject(new TypeError('Failed to fetch')));
  await expect(httpTransport('/health')).rejects.toBeInstanceOf(UnreachableError);
});

test('giving up is no failure of the gateway', async () => {
  const controller = new AbortController();
  stubFetch(() => Promise.reject(new DOMException('cancelled', 'AbortError')));
  controller.abort();
  await expect(httpTransport('/health', controller.signal)).rejects.toThrow('cancelled');
});

test('a body that is not JSON is left to the schema', async () => {
  stubFetch(() => Promise.resolve(new Response('<html>', { status: 200 })));
  expect((await httpTransport('/health')).body).toBeUndefined();
});
