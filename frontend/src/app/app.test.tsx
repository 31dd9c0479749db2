import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';

import { App } from './app';

/** What the gateway says to a path; a path that is not here finds nobody. */
let answers: Record<string, () => Response>;

const product = (name: string) => ({
  _id: name,
  name,
  price: 10,
  description: '',
  category: 'Computers',
  brand: 'Acme',
  inStock: true,
  rating: 4,
  imageUrl: 'https://pictures.invalid/1',
});
const found = (...names: string[]) => ({
  source: 'MONGODB_DISK 🐢 (Go)',
  time: '12ms',
  cached: false,
  count: names.length,
  data: names.map(product),
});
const json = (body: unknown, init?: ResponseInit) => new Response(JSON.stringify(body), init);

const asked = vi.fn((url: string, init: RequestInit) => {
  const { pathname, searchParams } = new URL(url, 'http://page');
  const key = pathname.replace('/backend', '') + (searchParams.get('query') ?? '');
  const answer = answers[key];
  if (!answer) return Promise.reject(new TypeError('Failed to fetch'));
  return new Promise<Response>((resolve, reject) => {
    init.signal?.addEventListener('abort', () => {
      reject(new DOMException('cancelled', 'AbortError'));
    });
    setTimeout(() => {
      resolve(answer());
    }, 20);
  });
});

beforeEach(() => {
  answers = {
    '/health': () => json({ status: 'healthy', connections: { mongodb: true, redis: true } }),
    '/api/trending': () => json(['laptop']),
    '/api/searchlaptop': () => json(found('Gaming Laptop', 'Mini Laptop')),
    '/api/searchlimit': () =>
      json({ detail: 'Rate limit exceeded' }, { status: 429, headers: { 'retry-after': '9' } }),
    '/api/searchdown': () => json({ detail: 'The store is away' }, { status: 503 }),
  };
  asked.mockClear();
  vi.stubGlobal('fetch', asked);
  vi.stubGlobal('scrollTo', vi.fn());
});

function open(address: string) {
  window.history.replaceState(null, '', address);
  render(<App />);
}

test('a shared address shows its results, with source and time', async () => {
  open('/?q=laptop');
  await screen.findByText('Gaming Laptop');
  expect(screen.getByRole('heading', { name: '2 products for “laptop”' })).toBeTruthy();
  expect(screen.getByTestId('answer').dataset.source).toBe('mongodb');
  expect(screen.getByTestId('answer').textContent).toContain('12.0 ms');
  expect(document.querySelector('img')).toBeNull();
});

test('a search that is no longer wanted is cancelled', async () => {
  open('/');
  const box = screen.getByRole('searchbox');
  const search = (query: string) => {
    fireEvent.change(box, { target: { value: query } });
    fireEvent.submit(screen.getByRole('search'));
  };
  search('down');
  await waitFor(() => {
    expect(calls('down')).toHaveLength(1);
  });
  search('laptop');
  await screen.findByText('Gaming Laptop');
  expect(calls('down')[0]?.[1].signal?.aborted).toBe(true);
  expect(window.location.search).toBe('?q=laptop');
});

test('it is said what was searched for instead', async () => {
  answers['/api/searchlpatop'] = () => json({ ...found('Gaming Laptop'), corrected: 'laptop' });
  open('/?q=lpatop');
  await screen.findByText('Gaming Laptop');
  expect(screen.getByText(/^Nothing matches/).textContent).toBe(
    'Nothing matches “lpatop”. Here are the results for laptop.',
  );
  expect(screen.getByRole('heading', { name: '1 product for “laptop”' })).toBeTruthy();
});

test.each([
  [{ total: 24 }, '24 products for “laptop”', null],
  [{ total: 1 }, '1 product for “laptop”', null],
  [{ total: 1000, more: true }, '1,000+ products for “laptop”', null],
  [
    { total: 24, nearest: true },
    'Nearest matches for “laptop”',
    'Nothing matches all of these words. Here are the nearest matches.',
  ],
  [
    { total: 24, nearest: true, corrected: 'cheap laptop' },
    'Nearest matches for “cheap laptop”',
    'Nothing matches “laptop”. Here are the nearest matches for cheap laptop.',
  ],
])('how much was found, and how well it matches: %j', async (told, heading, sentence) => {
  answers['/api/searchlaptop'] = () => json({ ...found('Gaming Laptop'), ...told });
  open('/?q=laptop');
  expect(await screen.findByRole('heading', { name: heading })).toBeTruthy();
  expect(screen.queryByText(/^Nothing matches/)?.textContent ?? null).toBe(sentence);
});

test('where more matches than was counted, the last page is found by turning pages', async () => {
  const full = found(...Array.from({ length: 20 }, (_, i) => `Laptop ${i}`));
  answers['/api/searchlaptop'] = () => json({ ...full, total: 1000, more: true });
  open('/?q=laptop&page=50');
  expect(await screen.findByText('Page 50')).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>('button', { name: /Next/ }).disabled).toBe(false);
  cleanup();
  answers['/api/searchlaptop'] = () => json({ ...full, total: 50 });
  open('/?q=laptop&page=3');
  expect(await screen.findByText('Page 3 of 3')).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>('button', { name: /Next/ }).disabled).toBe(true);
});

test('a product without a price does not seem to be free', async () => {
  answers['/api/searchlaptop'] = () =>
    json({ ...found(), count: 1, data: [{ ...product('Gaming Laptop'), price: 0 }] });
  open('/?q=laptop');
  expect((await screen.findByRole('article')).textContent).toContain('No price');
  expect(screen.queryByText(/\$0/)).toBeNull();
});

test('results that stay while others are on their way say what they are for', async () => {
  let answer: (() => void) | undefined;
  open('/?q=laptop');
  await screen.findByText('Gaming Laptop');
  answers['/api/searchlamp'] = () => json(found('Desk Lamp'));
  const slow = asked.getMockImplementation();
  asked.mockImplementationOnce(
    (...args) =>
      new Promise((resolve) => {
        answer = () => {
          resolve(slow?.(...args) ?? Promise.reject(new Error('no answer')));
        };
      }),
  );
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'lamp' } });
  fireEvent.submit(screen.getByRole('search'));
  await waitFor(() => {
    expect(calls('lamp')).toHaveLength(1);
  });
  expect(screen.getByRole('heading', { name: '2 products for “laptop”' })).toBeTruthy();
  answer?.();
  expect(await screen.findByRole('heading', { name: '1 product for “lamp”' })).toBeTruthy();
});

test('Back leads from a typed search to the start page', async () => {
  open('/');
  const before = window.history.length;
  const box = screen.getByRole('searchbox');
  for (const typed of ['lap', 'lapto', 'laptop']) {
    fireEvent.change(box, { target: { value: typed } });
    await waitFor(
      () => {
        expect(window.location.search).toBe(`?q=${typed}`);
      },
      { timeout: 3000 },
    );
  }
  expect(window.history.length).toBe(before + 1);
});

test('the tab is named after the product, and an unknown address is said to be one', async () => {
  answers['/api/products/p1'] = () => json({ ...found(), data: product('Gaming Laptop') });
  open('/products/p1');
  await waitFor(() => {
    expect(document.title).toBe('Gaming Laptop · SpeedScale');
  });
  cleanup();
  open('/nowhere');
  expect(await screen.findByRole('heading', { name: 'There is no such page' })).toBeTruthy();
  expect(document.title).toBe('No such page · SpeedScale');
});

test.each([
  ['limit', 'Too many requests from this address', 'Rate limit exceeded'],
  [
    'down',
    'The cluster does not answer, so the results cannot be shown (503)',
    'The store is away',
  ],
])('%s is said as it is, and no demo takes its place', async (query, title, detail) => {
  open(`/?q=${query}`);
  expect(await screen.findByRole('heading', { name: title })).toBeTruthy();
  expect(screen.getByText(detail)).toBeTruthy();
  expect(screen.queryByTestId('demo-banner')).toBeNull();
});

test('without a gateway the demo shows, and says so everywhere', async () => {
  answers = {};
  open('/?q=laptop');
  expect((await screen.findByTestId('demo-banner')).textContent).toContain(
    'nothing here comes from the cluster',
  );
  await screen.findByText('Pro Gaming Laptop');
  expect(document.title).toMatch(/^\[Demo\]/);
  const cards = screen.getAllByRole('article');
  expect(cards.length).toBeGreaterThan(0);
  for (const card of cards) expect(card.textContent).toContain('Demo');
});

const calls = (query: string) => asked.mock.calls.filter(([url]) => url.includes(`query=${query}`));
