/** The shop's departments, as its products name them. */
export const categories = [
  'Computers',
  'Electronics',
  'Phones',
  'Home & Kitchen',
  'Sports',
  'Fashion',
  'Books',
  'Toys',
  'Garden',
  'Beauty',
] as const;

/** Searches that find something, in the cluster and in the demo. */
export const examples = [
  'phone',
  'gaming laptop',
  'wireless headphones',
  'running shoes',
  'espresso machine',
  'linen dress',
] as const;
