const price = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' });
const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' });

/** Stands for what is not known. */
export const NONE = '–';

/** A value that may not be known. */
export function formatKnown<T>(value: T | null, format: (value: T) => string): string {
  return value === null ? NONE : format(value);
}

/** A price of 0 stands for one that nobody gave. */
export const formatPrice = (value: number) => (value > 0 ? price.format(value) : 'No price');
export const formatCount = (value: number) => whole.format(value);
export const formatCompact = (value: number) => compact.format(value);
export const formatClock = (at: number) => clock.format(at);

/** Milliseconds with three significant places: `0.42 ms`, `8.3 ms`, `128 ms`, `1.2 s`. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  const places = ms >= 100 ? 0 : ms >= 1 ? 1 : 2;
  return `${ms.toFixed(places)} ms`;
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 1 ? 1 : 0)} %`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit > 0 && value < 100 ? 1 : 0)} ${units[unit] ?? ''}`;
}

/** How many times faster, as people say it: `8.4×`, `120×`. */
export function formatTimes(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}×`;
}
