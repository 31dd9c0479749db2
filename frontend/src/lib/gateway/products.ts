import * as z from 'zod/mini';

/** A product as every route sends it. */
export const productSchema = z.object({
  _id: z.string(),
  name: z.string(),
  price: z.number(),
  description: z.string(),
  category: z.string(),
  brand: z.string(),
  inStock: z.boolean(),
  rating: z.number(),
});

export type Product = z.infer<typeof productSchema>;
