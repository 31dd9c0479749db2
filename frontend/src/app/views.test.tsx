import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';

import { App } from './app';

const product = (name: string) => ({
  _id: name,
  name,
  price: 10,
  description: '',
  category: 'Toys',
  brand: 'Acme',
  inStock: true,
  rating: 4,
});
const counts = { hits: 3, misses: 1, stale: 0 };
const stats = {
  ...counts,
  classes: [
    {
      ...counts,
      class: 'search',
      ttlSeconds: 60,
      hitLatency: { p50Ms: 0.4, p95Ms: 1 },
      missLatency: { p50Ms: 6.7, p95Ms: 9 },
    },
  ],
  redis: { connected: true, keys: 3, memoryBytes: 1, maxMemoryBytes: 0, evictedKeys: 0 },
};
const topology = {
  containers: [],
  sets: [
    { name: 'configReplSet', kind: 'config' },
    { name: 'shard1ReplSet', kind: 'shard', documents: 1200 },
    { name: 'shard2ReplSet', kind: 'shard', documents: 800 },
  ],
};
const search = (...names: string[]) => ({
  source: 'MONGODB_DISK',
  time: '7ms',
  cached: false,
  count: names.length,
  data: names.map(product),
});

/** What the gateway says to a path; to any other it says that it is not able to. */
let answers: Record<string, unknown>;

beforeEach(() => {
  answers = {
    '/health': { status: 'healthy', connections: { mongodb: true, redis: true } },
    '/api/trending': ['train set', 'robot'],
    '/api/search?train set': search('Wooden Train Set'),
    '/api/cache/stats': stats,
    '/api/topology': topology,
  };
  vi.stubGlobal('scrollTo', vi.fn());
  vi.stubGlobal('fetch', (address: string) => {
    const { pathname, searchParams } = new URL(address, 'http://page');
    const query = searchParams.get('query');
    const key = pathname.replace('/backend', '') + (query === null ? '' : `?${query}`);
    const body = answers[key];
    return Promise.resolve(
      body === undefined
        ? new Response('{"detail":"Not now"}', { status: 503 })
        : new Response(JSON.stringify(body)),
    );
  });
});

function open(address: string) {
  window.history.replaceState(null, '', address);
  render(<App />);
}

const figure = (name: string) =>
  screen.getByText(name, { selector: 'dt' }).nextElementSibling?.textContent;

test('the start page shows the shop, and the four figures that make the point', async () => {
  open('/');
  await screen.findByText('Wooden Train Set');
  await waitFor(() => {
    expect(['Hot', 'Cold', 'Hit rate', 'Shards'].map(figure)).toEqual([
      '0.40 ms',
      '6.7 ms',
      '75.0 %',
      '2',
    ]);
  });
  expect(screen.getByText('2,000 products')).toBeTruthy();
  fireEvent.click(screen.getByRole('link', { name: 'Home & Kitchen' }));
  expect(new URLSearchParams(window.location.search).get('q')).toBe('Home & Kitchen');
});

test('what the cluster does not tell has a dash, and the rest is shown', async () => {
  answers = { '/health': answers['/health'], '/api/trending': [] };
  open('/');
  await screen.findByText('The shop cannot show its products now.');
  expect(['Hot', 'Cold', 'Hit rate', 'Shards'].map(figure)).toEqual(['–', '–', '–', '–']);
  expect(screen.getByRole('link', { name: 'Garden' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'running shoes' })).toBeTruthy();
});

test('products that the start page shows are no search of the reader’s', async () => {
  open('/');
  await screen.findByText('Wooden Train Set');
  fireEvent.click(screen.getByRole('link', { name: 'Latency' }));
  expect(await screen.findByText('no requests yet')).toBeTruthy();
});

test('the state at the top agrees with the picture, and the path of a request with both', async () => {
  const redis = { name: 'redis', kind: 'redis', node: 'B', healthy: false };
  answers['/api/topology'] = { ...topology, containers: [redis] };
  answers['/api/search?robot'] = search('Robot');
  open('/topology');
  expect(await screen.findByText('Redis is down, so every request goes to MongoDB.')).toBeTruthy();
  expect(screen.getByText('Redis is down')).toBeTruthy();

  fireEvent.change(screen.getByLabelText('Send a search'), { target: { value: 'robot' } });
  fireEvent.click(screen.getByRole('button', { name: 'Send' }));
  const path = 'Redis is down, so mongos asks every shard and merges the answers.';
  expect(await screen.findByText(path)).toBeTruthy();
});

test('what the gateway could not find out is said without a driver’s words', async () => {
  const problem = 'list shards: server selection error: context deadline exceeded';
  answers['/api/topology'] = { ...topology, problems: [problem] };
  open('/topology');
  const said = await screen.findByRole('list', { name: 'What is not known' });
  expect(said.textContent).toBe(
    'mongos does not answer, so it is not known which shards there are.',
  );
});

test('the focus goes to the heading of a view that one goes to, not to the first', async () => {
  answers['/api/products/p1'] = { ...search(), data: product('Robot') };
  open('/');
  await screen.findByText('Wooden Train Set');
  expect(document.activeElement).toBe(document.body);

  for (const view of ['Latency', 'Cache', 'Topology']) {
    fireEvent.click(screen.getByRole('link', { name: view }));
    const heading = await screen.findByRole('heading', { level: 1, name: view });
    expect(document.activeElement).toBe(heading);
  }
  window.history.pushState(null, '', '/products/p1');
  const name = await screen.findByRole('heading', { level: 1, name: 'Robot' });
  await waitFor(() => {
    expect(document.activeElement).toBe(name);
  });
  fireEvent.click(screen.getByRole('link', { name: 'SpeedScale' }));
  expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 }));
});

test('another search leaves the focus where one types', async () => {
  open('/');
  const box = await screen.findByRole('searchbox');
  box.focus();
  fireEvent.change(box, { target: { value: 'train set' } });
  fireEvent.submit(screen.getByRole('search'));
  await screen.findByRole('heading', { name: '1 product for “train set”' });
  expect(document.activeElement).toBe(box);
});
