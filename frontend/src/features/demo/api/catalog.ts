import { hashOf } from '@/lib/hash';
import type { Product } from '@/lib/gateway/products';

interface Line {
  readonly category: string;
  readonly brands: readonly string[];
  readonly things: readonly string[];
  /** Cheapest and dearest, in dollars. */
  readonly price: readonly [number, number];
}

const lines: readonly Line[] = [
  {
    category: 'Computers',
    brands: ['Northwind', 'Quillon', 'Parallax'],
    things: ['Gaming Laptop', 'Ultrabook', 'Mini PC', 'Mechanical Keyboard', 'Curved Monitor'],
    price: [60, 2400],
  },
  {
    category: 'Phones',
    brands: ['Parallax', 'Tessera', 'Oriel'],
    things: ['Smartphone', 'Folding Phone', 'Fast Charger', 'Phone Case', 'Tablet'],
    price: [15, 1300],
  },
  {
    category: 'Audio',
    brands: ['Cadenza', 'Oriel', 'Hollow Oak'],
    things: ['Wireless Headphones', 'Studio Monitor', 'Turntable', 'Soundbar', 'Earbuds'],
    price: [25, 900],
  },
  {
    category: 'Gaming',
    brands: ['Quillon', 'Redoubt', 'Parallax'],
    things: ['Game Console', 'Gaming Mouse', 'Gaming Headset', 'Racing Wheel', 'Gaming Chair'],
    price: [30, 800],
  },
  {
    category: 'Kitchen',
    brands: ['Larder & Salt', 'Brasswork', 'Hollow Oak'],
    things: ['Espresso Machine', 'Chef Knife', 'Cast Iron Pan', 'Kettle', 'Stand Mixer'],
    price: [20, 700],
  },
  {
    category: 'Sports',
    brands: ['Fellrunner', 'Redoubt', 'Tidewater'],
    things: ['Running Shoes', 'Yoga Mat', 'Road Bike', 'Climbing Rope', 'Swim Goggles'],
    price: [12, 1800],
  },
  {
    category: 'Garden',
    brands: ['Greenacre', 'Brasswork', 'Tidewater'],
    things: ['Watering Can', 'Pruning Shears', 'Fire Pit', 'Herb Planter', 'Garden Bench'],
    price: [9, 420],
  },
  {
    category: 'Books',
    brands: ['Lantern Press', 'Quarto House', 'Hollow Oak'],
    things: ['Database Handbook', 'Travel Atlas', 'Cookbook', 'Pocket Novel', 'Sketchbook'],
    price: [6, 80],
  },
];

const makes = ['Classic', 'Compact', 'Pro', 'Silent', 'Travel', 'Studio'];

const about = [
  'Made for every day, and quiet about it.',
  'Light enough to take along, sturdy enough to forget about.',
  'Does one thing, and does it well.',
  'The one that people come back for.',
];

/** 240 products that exist nowhere else; the same ones each time. */
export const catalog: readonly Product[] = lines.flatMap((line) =>
  line.things.flatMap((thing) => makes.map((make) => describe(line, `${make} ${thing}`))),
);

function describe({ category, brands, price: [low, high] }: Line, name: string): Product {
  const hash = hashOf(`${category} ${name}`);
  const share = ((hash >>> 8) % 1000) / 1000;
  return {
    _id: `demo-${hash.toString(16).padStart(8, '0')}`,
    name,
    category,
    brand: pick(brands, hash),
    // Squared, because there are more cheap things than dear ones.
    price: Math.round(low + (high - low) * share * share) + 0.99,
    description: `${name}. ${pick(about, hash >>> 4)}`,
    inStock: hash % 5 !== 0,
    rating: 3 + (hash % 20) / 10,
  };
}

function pick(from: readonly string[], hash: number): string {
  return from[hash % from.length] ?? '';
}
