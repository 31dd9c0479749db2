/** Who answered. The first word of `source` tells; what follows names the implementation. */
export type Source = 'redis' | 'mongodb' | 'model' | 'unknown';

export function readSource(text: string): Source {
  const word = text.trim().split(/[\s:]/, 1)[0] ?? '';
  if (word.startsWith('REDIS')) return 'redis';
  if (word.startsWith('MONGODB')) return 'mongodb';
  if (word.startsWith('ML')) return 'model';
  return 'unknown';
}

/** The gateway marks what it serves only because the database is away. */
export const isStale = (text: string) => /\bstale\b/i.test(text);

export const sourceNames: Record<Source, string> = {
  redis: 'Redis cache',
  mongodb: 'MongoDB',
  model: 'Similarity model',
  unknown: 'Unknown source',
};
