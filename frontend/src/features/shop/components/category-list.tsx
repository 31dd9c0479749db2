import { Link } from 'wouter';

import { ProductArt } from '@/components/product/product-art';
import { categories } from '@/config/shop';

import styles from './category-list.module.css';

/** What stands for a category in its picture. */
const shown: Record<(typeof categories)[number], string> = {
  Computers: 'Laptop',
  Electronics: 'Headphones',
  Phones: 'Smartphone',
  'Home & Kitchen': 'Kettle',
  Sports: 'Bicycle',
  Fashion: 'Dress',
  Books: 'Novel',
  Toys: 'Train Set',
  Garden: 'Planter',
  Beauty: 'Perfume',
};

/** The shop's categories, each a search for it. */
export function CategoryList() {
  return (
    <ul className={styles.list}>
      {categories.map((category) => (
        <li key={category}>
          <Link href={`/?${new URLSearchParams({ q: category })}`} className={styles.tile}>
            <span className={styles.art}>
              <ProductArt name={shown[category]} category={category} />
            </span>
            <span className={styles.name}>{category}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
