import { beforeEach, describe, expect, test } from 'vitest';

import { categories, examples } from '@/config/shop';

import { catalog } from './catalog';
import { DemoGateway } from './demo-gateway';

let now = 0;
let gateway: DemoGateway;
beforeEach(() => {
  now = 0;
  gateway = new DemoGateway(
    () => 0.5,
    () => now,
  );
});

interface SearchBody {
  source: string;
  cached: boolean;
  count: number;
  total: number;
  nearest?: boolean;
  data: { _id: string; name: string }[];
}

const ask = (path: string) => gateway.answer(new URL(path, 'http://demo'));
const search = (path: string) => ask(`/api/search?${path}`).body as SearchBody;

describe('search', () => {
  test('is cold, then hot, then cold again after a minute', () => {
    expect(search('query=laptop')).toMatchObject({
      source: 'MONGODB_DISK (simulated)',
      cached: false,
    });
    expect(search('query=LapTop%20')).toMatchObject({
      source: 'REDIS_CACHE (simulated)',
      cached: true,
    });
    now = 61_000;
    expect(search('query=laptop').cached).toBe(false);
  });

  test('needs every word at the start of a word', () => {
    expect(search('query=gam+lap').data.every(({ name }) => name.includes('Gaming Laptop'))).toBe(
      true,
    );
    expect(search('query=aptop').count).toBe(0);
    expect(search('query=.*').total).toBe(catalog.length);
  });

  test('shows the nearest where nothing has all the words', () => {
    const { nearest, data } = search('query=cheap+laptop');
    expect(nearest).toBe(true);
    expect(data.length).toBeGreaterThan(0);
    expect(data.every(({ name }) => name.includes('Laptop'))).toBe(true);
    expect(search('query=gaming+laptop').nearest).toBeUndefined();
    expect(search('query=zzz')).toMatchObject({ total: 0, data: [] });
  });

  test.each([...categories, ...examples])('%s finds something', (words) => {
    const { total, nearest } = search(`query=${encodeURIComponent(words)}`);
    expect(total).toBeGreaterThan(3);
    expect(nearest).toBeUndefined();
  });

  test('a plural finds the singular', () => {
    expect(search('query=laptops').data).toEqual(search('query=laptop').data);
  });

  test('pages do not overlap and end', () => {
    const pages = [1, 2, 3].map((page) => search(`query=gaming&limit=20&page=${page}`));
    const ids = pages.flatMap(({ data }) => data.map(({ _id }) => _id));
    expect(pages.map(({ count }) => count)).toEqual([20, 4, 0]);
    expect(new Set(ids).size).toBe(24);
  });

  test('a blank query is refused as the gateway does', () => {
    expect(ask('/api/search?query=%20')).toMatchObject({ status: 400 });
  });

  test('is trending once, the newest first', () => {
    for (const query of ['a', 'b', 'A']) search(`query=${query}`);
    expect((ask('/api/trending').body as string[]).slice(0, 2)).toEqual(['a', 'b']);
  });
});

test('similar products never hold the product itself', () => {
  const [product] = search('query=kettle').data;
  const { data } = ask(`/api/products/${product?._id ?? ''}/similar`).body as SearchBody;
  expect(data).toHaveLength(4);
  expect(data.map(({ _id }) => _id)).not.toContain(product?._id);
});

test.each(['/api/products/nothing', '/api/products/nothing/similar', '/api/else'])(
  '%s is 404',
  (path) => {
    expect(ask(path).status).toBe(404);
  },
);

test('the cache’s figures are those of what was asked', () => {
  search('query=a');
  search('query=a');
  expect(ask('/api/cache/stats').body).toMatchObject({
    hits: 1,
    misses: 1,
    classes: [{ class: 'search', hits: 1, misses: 1 }, { class: 'product' }, { class: 'similar' }],
    redis: { connected: true, keys: 1 },
  });
});

test('the cluster loses a primary now and then, and elects another', () => {
  const primaries = () => {
    const { containers } = ask('/api/topology').body as {
      containers: { name: string; set?: string; state?: string }[];
    };
    expect(containers).toHaveLength(15);
    return containers
      .filter(({ set, state }) => set === 'shard1ReplSet' && state === 'PRIMARY')
      .map(({ name }) => name);
  };
  expect(primaries()).toEqual(['shard1-node1']);
  now = 21_000;
  expect(primaries()).toEqual([]);
  now = 25_000;
  expect(primaries()).toEqual(['shard1-node2']);
});
