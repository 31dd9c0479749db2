import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// Has no sizes to tell, so drawings that are laid out for their room stay away.
class NoResizeObserver implements ResizeObserver {
  readonly observe = vi.fn();
  readonly unobserve = vi.fn();
  readonly disconnect = vi.fn();
}
globalThis.ResizeObserver = NoResizeObserver;

afterEach(cleanup);
