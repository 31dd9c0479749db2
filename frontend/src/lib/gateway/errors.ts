/** Nobody answered: no network, a time-out, or nginx without a gateway behind it. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** The gateway answered, and said no. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  /**
   * @param status HTTP status, 4xx or 5xx
   * @param message the gateway's own words
   * @param retryAt when to try again, epoch milliseconds, if the gateway told
   */
  constructor(
    readonly status: number,
    message: string,
    readonly retryAt?: number,
  ) {
    super(message);
  }
}

/** The gateway answered something that the page does not understand. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** Why something failed, in words for readers: the gateway's own, or the page's. */
export function reasonOf(error: Error): string {
  if (error instanceof RefusedError || error instanceof UnreachableError) return error.message;
  return error instanceof ShapeError
    ? 'The gateway answered something that this page does not know.'
    : 'The fault is in the page.';
}
