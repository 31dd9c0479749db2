import type { LoggedRequest } from './request-log';

/** What two requests are compared by: the gateway's exact figure, else what the browser saw. */
type Measure = 'gateway' | 'browser';

export interface SpeedUp {
  /** Cold time divided by hot time. */
  readonly ratio: number;
  readonly coldMs: number;
  readonly hotMs: number;
  readonly measure: Measure;
}

/** Compares a cached answer with the last uncached one to the same request, if there was one. */
export function speedUpOf(hot: LoggedRequest, requests: readonly LoggedRequest[]): SpeedUp | null {
  if (!hot.cached) return null;
  const cold = requests.findLast(
    ({ id, path, cached }) => id < hot.id && path === hot.path && !cached,
  );
  return cold ? compare([cold], [hot]) : null;
}

export interface Summary {
  readonly hot: Side;
  readonly cold: Side;
  readonly measure: Measure;
  /** All cached requests against all uncached ones; null until there is one of each. */
  readonly speedUp: SpeedUp | null;
}

interface Side {
  readonly count: number;
  /** Median by the measure of the comparison, in milliseconds; null without requests. */
  readonly medianMs: number | null;
  /** Median of what the browser saw, in milliseconds; null without requests. */
  readonly browserMs: number | null;
}

export function summarize(requests: readonly LoggedRequest[]): Summary {
  const hot = requests.filter(({ cached }) => cached);
  const cold = requests.filter(({ cached }) => !cached);
  const measure = measureOf(requests);
  return {
    hot: sideOf(hot, measure),
    cold: sideOf(cold, measure),
    measure,
    speedUp: compare(cold, hot),
  };
}

function sideOf(requests: readonly LoggedRequest[], measure: Measure): Side {
  return {
    count: requests.length,
    medianMs: median(requests.map((request) => timeOf(request, measure))),
    browserMs: median(requests.map(({ timing }) => timing.totalMs)),
  };
}

/** Whole milliseconds say nothing about a hot answer that takes less than one. */
function measureOf(requests: readonly LoggedRequest[]): Measure {
  return requests.every(({ timing }) => timing.precise) ? 'gateway' : 'browser';
}

function compare(cold: readonly LoggedRequest[], hot: readonly LoggedRequest[]): SpeedUp | null {
  const measure = measureOf([...cold, ...hot]);
  const coldMs = median(cold.map((request) => timeOf(request, measure)));
  const hotMs = median(hot.map((request) => timeOf(request, measure)));
  if (coldMs === null || hotMs === null || hotMs <= 0) return null;
  return { ratio: coldMs / hotMs, coldMs, hotMs, measure };
}

function timeOf({ timing }: LoggedRequest, measure: Measure): number {
  return measure === 'gateway' ? (timing.gatewayMs ?? timing.totalMs) : timing.totalMs;
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
