import { hashOf } from '@/lib/hash';
import type { categories } from '@/config/shop';
import type { Product } from '@/lib/gateway/products';

interface Line {
  readonly category: (typeof categories)[number];
  readonly brands: readonly string[];
  readonly makes: readonly string[];
  readonly things: readonly string[];
  /** Cheapest and dearest, in dollars. */
  readonly price: readonly [number, number];
}

const list = (text: string) => text.split(', ');

const lines: readonly Line[] = [
  {
    category: 'Computers',
    brands: ['Northwind', 'Quillon', 'Parallax'],
    makes: ['Pro', 'Silent', 'Compact', 'Classic'],
    things: list(
      'Gaming Laptop, Business Laptop, Gaming Desktop Computer, Office Desktop Computer, Gaming Monitor, Curved Monitor, Gaming Keyboard, Mechanical Keyboard, Gaming Mouse, Wireless Mouse, Docking Station, Gaming Graphics Card, Tablet, Laser Printer, Webcam',
    ),
    price: [30, 2400],
  },
  {
    category: 'Electronics',
    brands: ['Cadenza', 'Oriel', 'Hollow Oak'],
    makes: ['Studio', 'Portable', 'Clear', 'Deep'],
    things: list(
      'Wireless Headphones, Studio Headphones, Wireless Earbuds, Bluetooth Speaker, Soundbar, Kitchen Radio, Projector, Power Bank, Microphone, Television, Camera',
    ),
    price: [25, 900],
  },
  {
    category: 'Phones',
    brands: ['Parallax', 'Tessera', 'Oriel'],
    makes: ['Slim', 'Rugged', 'Smart', 'Light'],
    things: list(
      'Smartphone, Folding Phone, Phone Case, Screen Protector, Phone Holder, Smartwatch, Charging Cable, Wireless Headset, Fast Charger',
    ),
    price: [12, 1300],
  },
  {
    category: 'Home & Kitchen',
    brands: ['Larder & Salt', 'Brasswork', 'Hollow Oak'],
    makes: ['Family', 'Compact', 'Classic', 'Quiet'],
    things: list(
      'Espresso Machine, Glass Kettle, Blender, Toaster, Frying Pan, Knife Set, Vacuum Cleaner, Air Fryer, Table Lamp, Crème Brûlée Torch',
    ),
    price: [20, 700],
  },
  {
    category: 'Sports',
    brands: ['Fellrunner', 'Redoubt', 'Tidewater'],
    makes: ['Trail', 'Club', 'Winter', 'Featherlight'],
    things: list(
      'Running Shoes, Yoga Mat, Dumbbell, Road Bicycle, Football, Tennis Racket, Ski Goggles, Rowing Machine, Bicycle Helmet',
    ),
    price: [12, 1800],
  },
  {
    category: 'Fashion',
    brands: ['Merle & Finch', 'Tidewater', 'Harbour Lane'],
    makes: ['Slim', 'Casual', 'Vintage', 'Soft'],
    things: list(
      'Rain Jacket, Jeans, Linen Dress, Summer Dress, Sneakers, Canvas Backpack, Leather Belt, Wool Scarf, Sunglasses, Linen Shirt, Leather Wallet',
    ),
    price: [15, 320],
  },
  {
    category: 'Books',
    brands: ['Lantern Press', 'Quarto House', 'Hollow Oak'],
    makes: ['Illustrated', 'Pocket', 'Complete', 'Annotated'],
    things: list(
      'Cookbook, World Atlas, Crime Novel, English Dictionary, Biography, Travel Guide, Comic, Poetry Collection',
    ),
    price: [6, 80],
  },
  {
    category: 'Toys',
    brands: ['Tumbledown', 'Oak & Acorn', 'Quillon'],
    makes: ['Wooden', 'Little', 'Grand', 'First'],
    things: list(
      'Train Set, Animal Puzzle, Building Blocks, Robot, Dinosaur, Board Game, Drone, Doll House',
    ),
    price: [8, 260],
  },
  {
    category: 'Garden',
    brands: ['Greenacre', 'Brasswork', 'Tidewater'],
    makes: ['Sturdy', 'Rustic', 'Compact', 'Weatherproof'],
    things: list(
      'Lawn Mower, Garden Hose, Garden Chair, Barbecue, Greenhouse, Hedge Trimmer, Herb Planter, String Lights',
    ),
    price: [9, 620],
  },
  {
    category: 'Beauty',
    brands: ['Salt & Sage', 'Oriel', 'Merle & Finch'],
    makes: ['Gentle', 'Daily', 'Travel', 'Pure'],
    things: list(
      'Hair Dryer, Face Cream, Shampoo, Razor, Perfume, Lipstick, Electric Toothbrush, Sunscreen',
    ),
    price: [5, 140],
  },
];

const about = [
  'Made for every day, and quiet about it.',
  'Light enough to take along, sturdy enough to forget about.',
  'Does one thing, and does it well.',
  'The one that people come back for.',
];

/** Some four hundred products that exist nowhere else; the same ones each time. */
export const catalog: readonly Product[] = lines.flatMap((line) =>
  line.makes.flatMap((make) => line.things.map((thing) => describe(line, `${make} ${thing}`))),
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
