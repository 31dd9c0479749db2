import { hashOf } from '@/lib/hash';
import type { categories } from '@/config/shop';
import type { Product } from '@/lib/gateway/products';

interface Thing {
  readonly thing: string;
  /** What it usually costs, in dollars. */
  readonly price: number;
}

interface Line {
  readonly category: (typeof categories)[number];
  readonly brands: readonly string[];
  readonly makes: readonly string[];
  readonly things: readonly Thing[];
}

/** Reads `Kettle 55, Blender 75`. */
const list = (text: string): Thing[] =>
  text.split(', ').map((entry) => {
    const at = entry.lastIndexOf(' ');
    return { thing: entry.slice(0, at), price: Number(entry.slice(at)) };
  });

const lines: readonly Line[] = [
  {
    category: 'Computers',
    brands: ['Northwind', 'Quillon', 'Parallax'],
    makes: ['Pro', 'Silent', 'Compact', 'Classic'],
    things: list(
      'Gaming Laptop 1400, Business Laptop 950, Gaming Desktop Computer 1600, Office Desktop Computer 800, Gaming Monitor 420, Curved Monitor 330, Gaming Keyboard 90, Mechanical Keyboard 110, Gaming Mouse 60, Wireless Mouse 25, Docking Station 140, Gaming Graphics Card 650, Tablet 320, Laser Printer 180, Webcam 70',
    ),
  },
  {
    category: 'Electronics',
    brands: ['Cadenza', 'Oriel', 'Hollow Oak'],
    makes: ['Studio', 'Portable', 'Clear', 'Deep'],
    things: list(
      'Wireless Headphones 180, Studio Headphones 260, Wireless Earbuds 90, Bluetooth Speaker 80, Soundbar 240, Kitchen Radio 60, Projector 540, Power Bank 40, Microphone 95, Television 700, Camera 560',
    ),
  },
  {
    category: 'Phones',
    brands: ['Parallax', 'Tessera', 'Oriel'],
    makes: ['Slim', 'Rugged', 'Smart', 'Light'],
    things: list(
      'Smartphone 620, Folding Phone 1100, Phone Case 25, Screen Protector 15, Phone Holder 22, Smartwatch 230, Charging Cable 14, Wireless Headset 85, Fast Charger 30',
    ),
  },
  {
    category: 'Home & Kitchen',
    brands: ['Larder & Salt', 'Brasswork', 'Hollow Oak'],
    makes: ['Family', 'Compact', 'Classic', 'Quiet'],
    things: list(
      'Espresso Machine 480, Glass Kettle 55, Blender 75, Toaster 45, Frying Pan 38, Knife Set 110, Vacuum Cleaner 260, Air Fryer 130, Table Lamp 60, Crème Brûlée Torch 28',
    ),
  },
  {
    category: 'Sports',
    brands: ['Fellrunner', 'Redoubt', 'Tidewater'],
    makes: ['Trail', 'Club', 'Winter', 'Featherlight'],
    things: list(
      'Running Shoes 120, Yoga Mat 32, Dumbbell 28, Road Bicycle 900, Football 26, Tennis Racket 95, Ski Goggles 70, Rowing Machine 620, Bicycle Helmet 65',
    ),
  },
  {
    category: 'Fashion',
    brands: ['Merle & Finch', 'Tidewater', 'Harbour Lane'],
    makes: ['Slim', 'Casual', 'Vintage', 'Soft'],
    things: list(
      'Rain Jacket 140, Jeans 75, Linen Dress 90, Summer Dress 60, Sneakers 85, Canvas Backpack 70, Leather Belt 40, Wool Scarf 35, Sunglasses 50, Linen Shirt 55, Leather Wallet 45',
    ),
  },
  {
    category: 'Books',
    brands: ['Lantern Press', 'Quarto House', 'Hollow Oak'],
    makes: ['Illustrated', 'Pocket', 'Complete', 'Annotated'],
    things: list(
      'Cookbook 32, World Atlas 45, Crime Novel 14, English Dictionary 38, Biography 24, Travel Guide 22, Comic 16, Poetry Collection 18',
    ),
  },
  {
    category: 'Toys',
    brands: ['Tumbledown', 'Oak & Acorn', 'Quillon'],
    makes: ['Wooden', 'Little', 'Grand', 'First'],
    things: list(
      'Train Set 65, Animal Puzzle 18, Building Blocks 35, Robot 80, Dinosaur 22, Board Game 30, Drone 160, Doll House 120',
    ),
  },
  {
    category: 'Garden',
    brands: ['Greenacre', 'Brasswork', 'Tidewater'],
    makes: ['Sturdy', 'Rustic', 'Compact', 'Weatherproof'],
    things: list(
      'Lawn Mower 320, Garden Hose 40, Garden Chair 75, Barbecue 240, Greenhouse 560, Hedge Trimmer 110, Herb Planter 24, String Lights 28',
    ),
  },
  {
    category: 'Beauty',
    brands: ['Salt & Sage', 'Oriel', 'Merle & Finch'],
    makes: ['Gentle', 'Daily', 'Travel', 'Pure'],
    things: list(
      'Hair Dryer 65, Face Cream 24, Shampoo 9, Razor 18, Perfume 70, Lipstick 19, Electric Toothbrush 60, Sunscreen 14',
    ),
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
  line.makes.flatMap((make) =>
    line.things.map(({ thing, price }) => describe(line, `${make} ${thing}`, price)),
  ),
);

function describe({ category, brands }: Line, name: string, usual: number): Product {
  const hash = hashOf(`${category} ${name}`);
  const share = ((hash >>> 8) % 1000) / 1000;
  return {
    _id: `demo-${hash.toString(16).padStart(8, '0')}`,
    name,
    category,
    brand: pick(brands, hash),
    price: Math.round(usual * (0.7 + 0.7 * share)) - 0.01,
    description: `${name}. ${pick(about, hash >>> 4)}`,
    inStock: hash % 5 !== 0,
    rating: 3 + (hash % 20) / 10,
  };
}

function pick(from: readonly string[], hash: number): string {
  return from[hash % from.length] ?? '';
}
