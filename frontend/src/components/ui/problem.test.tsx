import { act, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { RefusedError, ShapeError, UnreachableError } from '@/lib/gateway/errors';

import { Problem } from './problem';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a 429 counts down, and then lets one try again', () => {
  const error = new RefusedError(429, 'Rate limit exceeded', 3000);
  render(<Problem error={error} doing="search" onRetry={vi.fn()} />);
  expect(screen.getByRole('alert').textContent).toContain('Rate limit exceeded');
  const button = screen.getByRole<HTMLButtonElement>('button');
  expect(button.textContent).toContain('in 3 s');
  expect(button.disabled).toBe(true);
  act(() => {
    vi.advanceTimersByTime(2000);
  });
  expect(button.textContent).toContain('in 1 s');
  act(() => {
    vi.advanceTimersByTime(1000);
  });
  expect(button.textContent).toBe('Try again');
  expect(button.disabled).toBe(false);
});

test.each([
  [
    new RefusedError(503, 'mongos does not answer'),
    'The cluster cannot answer the search now (503)',
  ],
  [new RefusedError(422, 'too long'), 'The gateway does not accept this search (422)'],
  [new RefusedError(500, 'oh'), 'The gateway refused the search (500)'],
  [new UnreachableError('nobody'), 'Nobody answered the search'],
  [new ShapeError('count: expected number'), 'The answer to the search cannot be read'],
])('%s', (error, title) => {
  render(<Problem error={error} doing="search" onRetry={vi.fn()} />);
  expect(screen.getByRole('heading').textContent).toBe(title);
  const reason =
    error instanceof ShapeError
      ? 'The gateway answered something that this page does not know.'
      : error.message;
  expect(screen.getByText(reason)).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>('button').disabled).toBe(false);
});
