import type { ArtKind } from './drawings';

/** What a product of a kind may be called; a plural s fits too. */
const names: Readonly<Partial<Record<ArtKind, string>>> = {
  laptop: 'laptop|notebook|ultrabook',
  desktop: 'desktop|computer|workstation|pc|server',
  monitor: 'monitor|display|screen',
  keyboard: 'keyboard',
  mouse: 'mouse|mice|trackball',
  dock: 'dock|docking station|hub',
  graphicsCard: 'graphics card|gpu',
  tablet: 'tablet',
  printer: 'printer|scanner',
  webcam: 'webcam',
  headphones: 'headphone',
  headset: 'headset',
  earbuds: 'earbud|earphone',
  speaker: 'speaker|loudspeaker',
  soundbar: 'soundbar',
  radio: 'radio',
  projector: 'projector',
  powerBank: 'power bank|battery pack',
  microphone: 'microphone',
  television: 'television|tv',
  camera: 'camera',
  phone: 'phone|smartphone|mobile',
  phoneCase: 'phone case|phone cover',
  screenProtector: 'screen protector',
  phoneHolder: 'phone holder|phone stand|selfie stick',
  watch: 'watch|smartwatch',
  cable: 'cable',
  charger: 'charger|adapter',
  espressoMachine: 'espresso machine|coffee machine|coffee maker',
  kettle: 'kettle|teapot',
  blender: 'blender|mixer',
  toaster: 'toaster',
  pan: 'pan|wok|skillet',
  knives: 'knife set|knife|knives',
  vacuumCleaner: 'vacuum cleaner|vacuum',
  airFryer: 'fryer',
  lamp: 'lamp',
  torch: 'torch',
  shoe: 'shoe|sneaker|boot|trainer',
  mat: 'mat',
  dumbbell: 'dumbbell|kettlebell',
  bicycle: 'bicycle|bike',
  football: 'football|ball',
  racket: 'racket',
  goggles: 'goggle',
  rowingMachine: 'rowing machine|rower',
  helmet: 'helmet',
  jacket: 'jacket|coat',
  jeans: 'jean|jeans|trouser',
  dress: 'dress|skirt',
  shirt: 'shirt|blouse|t-shirt',
  scarf: 'scarf|scarves',
  belt: 'belt',
  backpack: 'backpack|rucksack',
  bag: 'bag|sleeve|case|briefcase|suitcase|pouch|cover',
  wallet: 'wallet|purse',
  glasses: 'glasses|sunglasses',
  book: 'book|novel|dictionary|dictionaries|biography|biographies|poetry collection|poem|handbook',
  cookbook: 'cookbook',
  atlas: 'atlas',
  travelGuide: 'travel guide|guide',
  comic: 'comic',
  train: 'train set|train',
  puzzle: 'puzzle|jigsaw',
  blocks: 'block',
  robot: 'robot',
  dinosaur: 'dinosaur',
  boardGame: 'board game|game|chess',
  drone: 'drone',
  house: 'doll house|dollhouse|house',
  mower: 'mower',
  hose: 'hose',
  chair: 'chair|bench',
  barbecue: 'barbecue|grill',
  greenhouse: 'greenhouse',
  hedgeTrimmer: 'hedge trimmer',
  planter: 'planter|flower pot|plant',
  stringLights: 'string light|fairy light',
  hairDryer: 'hair dryer|hairdryer',
  jar: 'cream|balm',
  pumpBottle: 'shampoo|lotion|soap|conditioner',
  tube: 'sunscreen|toothpaste',
  razor: 'razor|shaver',
  perfume: 'perfume|fragrance',
  lipstick: 'lipstick',
  toothbrush: 'toothbrush',
};

const patterns = Object.entries(names).map(
  ([kind, words]) => [kind as ArtKind, new RegExp(`\\b(?:${words})(?:s|es)?\\b`, 'gi')] as const,
);

/** For what no name tells; the first that matches. */
const categories: readonly (readonly [RegExp, ArtKind])[] = [
  [/comput/i, 'desktop'],
  [/phone/i, 'phone'],
  [/audio|music/i, 'headphones'],
  [/electro/i, 'charger'],
  [/kitchen/i, 'kettle'],
  [/garden/i, 'planter'],
  [/home|furnitur/i, 'house'],
  [/fashion|cloth/i, 'shirt'],
  [/sport|fitness/i, 'football'],
  [/book/i, 'book'],
  [/toy|game/i, 'blocks'],
  [/beauty|care/i, 'pumpBottle'],
];

/** Whose drawing fits a product: what its name says last decides, as a phone case is a case. */
export function artKindOf(name: string, category: string): ArtKind {
  // What the thing is for, or what comes with it, is not what it is.
  const [thing = ''] = name.split(/[,:(]|\s(?:for|with)\s/i, 1);
  let best: { kind: ArtKind; start: number; end: number } | undefined;
  for (const [kind, pattern] of patterns) {
    for (const match of thing.matchAll(pattern)) {
      const [start, end] = [match.index, match.index + match[0].length];
      // Of words that end together, the longer ones know better.
      if (!best || end > best.end || (end === best.end && start < best.start)) {
        best = { kind, start, end };
      }
    }
  }
  return best?.kind ?? categories.find(([words]) => words.test(category))?.[1] ?? 'other';
}
