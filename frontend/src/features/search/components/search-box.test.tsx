import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { settings } from '@/config/settings';

import { SearchBox } from './search-box';

const onSearch = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  onSearch.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

const box = (query: string) => <SearchBox query={query} onSearch={onSearch} busy={false} />;
const input = () => screen.getByRole<HTMLInputElement>('searchbox');
const type = (value: string) => fireEvent.change(input(), { target: { value } });
const pause = (ms: number = settings.searchDebounce) => {
  act(() => {
    vi.advanceTimersByTime(ms);
  });
};

test('searches once, when typing pauses', () => {
  render(box(''));
  for (const text of ['la', 'lap', 'lapt']) {
    type(text);
    pause(settings.searchDebounce - 1);
  }
  expect(onSearch).not.toHaveBeenCalled();
  pause();
  expect(onSearch.mock.calls).toEqual([['lapt', 'typed']]);
});

test('one letter is searched only on Enter', () => {
  render(box(''));
  type('l');
  pause();
  expect(onSearch).not.toHaveBeenCalled();
  fireEvent.submit(screen.getByRole('search'));
  expect(onSearch.mock.calls).toEqual([['l', 'submitted']]);
});

test('Enter does not wait, and the pause after it does not search again', () => {
  render(box(''));
  type(' laptop ');
  fireEvent.submit(screen.getByRole('search'));
  pause();
  expect(onSearch.mock.calls).toEqual([['laptop', 'submitted']]);
});

test('what is typed while the last search comes back stays', () => {
  const { rerender } = render(box(''));
  type('lap');
  pause();
  type('lapt');
  rerender(box('lap'));
  expect(input().value).toBe('lapt');
});

test('a query from elsewhere, such as the back button, is shown', () => {
  const { rerender } = render(box('laptop'));
  rerender(box('kettle'));
  expect(input().value).toBe('kettle');
  pause();
  expect(onSearch).not.toHaveBeenCalled();
});

test('clearing searches for nothing', () => {
  render(box('laptop'));
  fireEvent.click(screen.getByRole('button', { name: 'Clear the search' }));
  expect(input().value).toBe('');
  pause();
  expect(onSearch.mock.calls).toEqual([['', 'typed']]);
});
