import type { Product } from '@/lib/gateway/products';

import { catalog } from './catalog';

/** Products in which each word of the query starts a word of name, category or brand. */
export function findProducts(query: string): Product[] {
  const wanted = words(query);
  return catalog.filter((product) => {
    const has = words(`${product.name} ${product.category} ${product.brand}`);
    return wanted.every((word) => has.some((candidate) => candidate.startsWith(word)));
  });
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

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
