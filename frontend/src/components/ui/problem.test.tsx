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
  render(<Problem error={error} what="results" onRetry={vi.fn()} />);
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
    new RefusedError(503, 'The database does not answer'),
    'The cluster does not answer, so the results cannot be shown (503)',
    'The database does not answer',
  ],
  [new RefusedError(422, 'too long'), 'The gateway does not accept this request (422)', 'too long'],
  [
    new RefusedError(500, 'Oh'),
    'The gateway has a problem, so the results cannot be shown (500)',
    'Oh',
  ],
  [
    new UnreachableError('The connection failed'),
    'The gateway does not answer, so the results cannot be shown',
    'The connection failed',
  ],
  [
    new ShapeError('count: expected number'),
    'Something went wrong, so the results cannot be shown',
    'The gateway answered something that this page does not know.',
  ],
  [
    new TypeError('x is undefined'),
    'Something went wrong, so the results cannot be shown',
    'The fault is in the page.',
  ],
])('%s', (error, title, reason) => {
  render(<Problem error={error} what="results" onRetry={vi.fn()} />);
  expect(screen.getByRole('heading').textContent).toBe(title);
  expect(screen.getByText(reason)).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>('button').disabled).toBe(false);
});
