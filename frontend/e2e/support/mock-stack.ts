import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { DemoGateway } from '../../src/features/demo/api/demo-gateway';
import { demoTopology } from '../../src/features/demo/api/demo-topology';

const frontend = join(import.meta.dirname, '../..');
const dist = join(frontend, 'dist');

const types: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The policy that nginx sends, so that the tests run under it. */
function contentSecurityPolicy(): string {
  const conf = readFileSync(join(frontend, 'nginx/page.conf'), 'utf8');
  const [, policy] = /add_header Content-Security-Policy "([^"]+)"/.exec(conf) ?? [];
  if (!policy) throw new Error('nginx/page.conf has no Content-Security-Policy');
  return policy;
}

/** The built page and a gateway that can be broken, on a free port: what nginx serves when deployed. */
export async function startMockStack(): Promise<{ url: string; close: () => Promise<void> }> {
  const stack = new MockStack();
  const server = createServer((request, response) => {
    stack.serve(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

class MockStack {
  readonly #policy = contentSecurityPolicy();
  readonly #gateway = new DemoGateway();
  #isGatewayUp = true;
  #killedAt: number | null = null;
  #restored = false;

  async serve(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (url.pathname.startsWith('/mock/')) {
      this.#control(url.pathname.slice('/mock/'.length));
      response.writeHead(204).end();
    } else if (url.pathname.startsWith('/backend/')) {
      await this.#answer(url, response);
    } else {
      this.#file(url.pathname, response);
    }
  }

  #control(what: string) {
    switch (what) {
      case 'kill-primary':
        this.#killedAt = Date.now();
        this.#restored = false;
        return;
      case 'restore':
        this.#restored = true;
        return;
      case 'stop-gateway':
        this.#isGatewayUp = false;
        return;
      case 'start-gateway':
        this.#isGatewayUp = true;
        return;
      default:
        throw new Error(`the mock cannot ${what}`);
    }
  }

  async #answer(url: URL, response: ServerResponse) {
    if (!this.#isGatewayUp) {
      send(response, 502, { detail: 'The gateway cannot be reached' });
      return;
    }
    url.pathname = url.pathname.slice('/backend'.length);
    if (url.pathname === '/api/topology') {
      send(response, 200, demoTopology(this.#topologySecond(), 2000));
      return;
    }
    switch (url.searchParams.get('query')) {
      case 'too often':
        send(
          response,
          429,
          { detail: 'Rate limit exceeded: 60 per minute' },
          { 'retry-after': '17' },
        );
        return;
      case 'no database':
        send(response, 503, { detail: 'The product store is unavailable' });
        return;
    }
    const { status, body, headers, takesMs } = this.#gateway.answer(url);
    await pause(takesMs);
    send(response, status, body, headers);
  }

  /** A second of the demo's round: before the fall, after it, or after the return. */
  #topologySecond(): number {
    if (this.#killedAt === null) return 0;
    if (this.#restored) return 45;
    return Math.min(39, 20 + (Date.now() - this.#killedAt) / 1000);
  }

  #file(pathname: string, response: ServerResponse) {
    const isFile = extname(pathname) !== '';
    const name = isFile ? pathname : '/index.html';
    let content: Buffer;
    try {
      content = readFileSync(join(dist, name));
    } catch {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': types[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': this.#policy,
      'x-content-type-options': 'nosniff',
    });
    response.end(content);
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  // What the demo calls simulated is what the mock's stores answered.
  response.end(JSON.stringify(body).replaceAll('(simulated)', '(mock)'));
}
