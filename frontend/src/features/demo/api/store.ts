import type { Product } from '@/lib/gateway/products';

import { catalog } from './catalog';

export interface Found {
  readonly products: readonly Product[];
  /** Whether nothing has all the words, and these have some of them. */
  readonly nearest: boolean;
}

/**
 * Products in which each word of the query starts a word of name, category or brand; if there are
 * none, those that have most of the words. A plural finds the singular.
 */
export function findProducts(query: string): Found {
  const wanted = words(query).map(spellings);
  const scored = catalog.map((product) => {
    const has = words(`${product.name} ${product.category} ${product.brand}`);
    const matches = wanted.filter((any) =>
      any.some((word) => has.some((candidate) => candidate.startsWith(word))),
    );
    return { product, score: matches.length };
  });
  const best = Math.max(...scored.map(({ score }) => score));
  const nearest = best < wanted.length;
  if (nearest && best === 0) return { products: [], nearest: false };
  const products = scored.filter(({ score }) => score === best).map(({ product }) => product);
  return { products, nearest };
}

export function findProduct(id: string): Product | undefined {
  return catalog.find(({ _id }) => _id === id);
}

/** The nearest by common words, category and price; never the product itself. */
export function findSimilar(product: Product, count: number): Product[] {
  return catalog
    .filter(({ _id }) => _id !== product._id)
    .map((other) => ({ other, score: likeness(product, other) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
    .map(({ other }) => other);
}

function likeness(a: Product, b: Product): number {
  const has = words(b.name);
  const common = words(a.name).filter((word) => has.includes(word)).length;
  const near = Math.min(a.price, b.price) / Math.max(a.price, b.price);
  return 2 * common + (a.category === b.category ? 1.5 : 0) + near;
}

/** In lower case and without accents, as the gateway compares them. */
function words(text: string): string[] {
  const bare = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return bare.match(/[\p{L}\p{N}]+/gu) ?? [];
}

function spellings(word: string): string[] {
  if (word.length < 4 || !word.endsWith('s')) return [word];
  return [word, word.slice(0, -1), ...(word.endsWith('es') ? [word.slice(0, -2)] : [])];
}
