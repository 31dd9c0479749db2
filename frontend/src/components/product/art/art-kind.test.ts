import { expect, test } from 'vitest';

import { artKindOf } from './art-kind';
import { drawings } from './drawings';
import type { ArtKind } from './drawings';

/** Everything that the shop sells, by category. */
const shop: Readonly<Record<string, Readonly<Record<string, ArtKind>>>> = {
  Computers: {
    Laptop: 'laptop',
    'Desktop Computer': 'desktop',
    Monitor: 'monitor',
    Keyboard: 'keyboard',
    Mouse: 'mouse',
    'Docking Station': 'dock',
    'Graphics Card': 'graphicsCard',
    Tablet: 'tablet',
    Printer: 'printer',
    Webcam: 'webcam',
  },
  Electronics: {
    Headphones: 'headphones',
    Earbuds: 'earbuds',
    Speaker: 'speaker',
    Soundbar: 'soundbar',
    Radio: 'radio',
    Projector: 'projector',
    'Power Bank': 'powerBank',
    Microphone: 'microphone',
    Television: 'television',
    Camera: 'camera',
  },
  Phones: {
    Smartphone: 'phone',
    'Phone Case': 'phoneCase',
    'Screen Protector': 'screenProtector',
    'Phone Holder': 'phoneHolder',
    Smartwatch: 'watch',
    'Charging Cable': 'cable',
    Headset: 'headset',
    Charger: 'charger',
  },
  'Home & Kitchen': {
    'Espresso Machine': 'espressoMachine',
    Kettle: 'kettle',
    Blender: 'blender',
    Toaster: 'toaster',
    'Frying Pan': 'pan',
    'Knife Set': 'knives',
    'Vacuum Cleaner': 'vacuumCleaner',
    'Air Fryer': 'airFryer',
    'Table Lamp': 'lamp',
    'Crème Brûlée Torch': 'torch',
  },
  Sports: {
    'Running Shoes': 'shoe',
    'Yoga Mat': 'mat',
    Dumbbell: 'dumbbell',
    Bicycle: 'bicycle',
    Football: 'football',
    'Tennis Racket': 'racket',
    'Ski Goggles': 'goggles',
    'Rowing Machine': 'rowingMachine',
    Helmet: 'helmet',
  },
  Fashion: {
    Jacket: 'jacket',
    Jeans: 'jeans',
    Dress: 'dress',
    Sneakers: 'shoe',
    Backpack: 'backpack',
    Belt: 'belt',
    Scarf: 'scarf',
    Sunglasses: 'glasses',
    Shirt: 'shirt',
    Wallet: 'wallet',
  },
  Books: {
    Cookbook: 'cookbook',
    Atlas: 'atlas',
    Novel: 'book',
    Dictionary: 'book',
    Biography: 'book',
    'Travel Guide': 'travelGuide',
    Comic: 'comic',
    'Poetry Collection': 'book',
  },
  Toys: {
    'Train Set': 'train',
    Puzzle: 'puzzle',
    'Building Blocks': 'blocks',
    Robot: 'robot',
    Dinosaur: 'dinosaur',
    'Board Game': 'boardGame',
    Drone: 'drone',
    'Doll House': 'house',
  },
  Garden: {
    'Lawn Mower': 'mower',
    Hose: 'hose',
    Chair: 'chair',
    Barbecue: 'barbecue',
    Greenhouse: 'greenhouse',
    'Hedge Trimmer': 'hedgeTrimmer',
    Planter: 'planter',
    'String Lights': 'stringLights',
  },
  Beauty: {
    'Hair Dryer': 'hairDryer',
    'Face Cream': 'jar',
    Shampoo: 'pumpBottle',
    Razor: 'razor',
    Perfume: 'perfume',
    Lipstick: 'lipstick',
    Toothbrush: 'toothbrush',
    Sunscreen: 'tube',
  },
};

const things = Object.entries(shop).flatMap(([category, kinds]) =>
  Object.entries(kinds).map(([thing, kind]) => [thing, category, kind] as const),
);

test.each(things)('%s', (thing, category, kind) => {
  expect(artKindOf(thing, category)).toBe(kind);
  expect(artKindOf(`Silent Gaming ${thing} K4`, 'Other')).toBe(kind);
  expect(artKindOf(`Slim ${thing}, Navy`, category)).toBe(kind);
});

test.each([
  ['Phone Case', 'Phones', 'phoneCase'],
  ['Laptop Sleeve', 'Computers', 'bag'],
  ['Illustrated Travel Guide: Norway', 'Books', 'travelGuide'],
  ['Charger for Laptop', 'Computers', 'charger'],
  ['Keyboard with Mouse', 'Computers', 'keyboard'],
  ['Headphones', 'Phones', 'headphones'],
  ['Linen Dresses', 'Fashion', 'dress'],
  ['Object-based installation', 'Toys', 'blocks'],
  ['Object-based installation', 'Else', 'other'],
] as const)('%s of %s is drawn as %s', (name, category, kind) => {
  expect(artKindOf(name, category)).toBe(kind);
});

test('each drawing is for something', () => {
  const used = new Set<ArtKind>([...things.map(([, , kind]) => kind), 'bag', 'other']);
  expect(Object.keys(drawings).filter((kind) => !used.has(kind as ArtKind))).toEqual([]);
});
