/** Line drawings for kinds of product, on a 24 × 24 grid. */
export const artShapes = {
  computer: <path d="M5 5h14v10H5zM2.5 19h19l-2.5-4H5z" />,
  phone: <path d="M7.5 2.500h9v19h-9zM11 18.500h2" />,
  audio: <path d="M4 15v-3a8 8 0 0 1 16 0v3M4 14h3v6H4zM17 14h3v6h-3z" />,
  game: (
    <path d="M7 7h10a5 5 0 0 1 5 5.500c0 3-1 5.5-3 5.500s-2.5-3-4.5-3h-5c-2 0-2.5 3-4.5 3s-3-2.5-3-5.500A5 5 0 0 1 7 7ZM8 9.500v4M6 11.500h4M15 10.500h.01M17.5 12.500h.01" />
  ),
  home: <path d="M3 11.5 12 4l9 7.500M5.5 10v10h13V10M10 20v-6h4v6" />,
  kitchen: (
    <path d="M5 9h12v5a6 6 0 0 1-12 0zM17 10h2a2 2 0 0 1 0 4.500h-2.200M8 3v3M11 3v3M14 3v3" />
  ),
  clothing: (
    <path d="M8.5 3.5 3 7l2 4 2.5-1v10.500h9V10l2.5 1 2-4-5.5-3.500c-1.5 2.5-5.5 2.5-7 0Z" />
  ),
  sport: (
    <path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.5 6c4 3 4 9 0 12M18.5 6c-4 3-4 9 0 12M12 3v18" />
  ),
  book: <path d="M4 5c3-1.5 6-1 8 1 2-2 5-2.5 8-1v14c-3-1.5-6-1-8 1-2-2-5-2.5-8-1zM12 6v14" />,
  beauty: <path d="M9 10h6v11H9zM10 10V6l4-3v7M9 14h6" />,
  garden: <path d="M12 21v-9M12 14C6 14 4 10 4 6c5 0 8 3 8 8ZM12 12c0-4 3-7 8-7 0 4-3 7-8 7Z" />,
  tool: (
    <path d="M14.5 6.500a4.5 4.5 0 0 1 6-2l-3 3 .5 2 2 .5 3-3a4.5 4.5 0 0 1-6 6L9 21l-3.5-3.500z" />
  ),
  car: (
    <path d="M3 16v-4l2.5-5h13l2.5 5v4zM3 12h18M6.5 19a1.5 1.5 0 0 0 1.5-3H5a1.5 1.5 0 0 0 1.5 3ZM17.5 19a1.5 1.5 0 0 0 1.5-3h-3a1.5 1.5 0 0 0 1.5 3Z" />
  ),
  food: (
    <path d="M12 7c-2-2-8-1.5-8 5 0 5 3.5 9 6 9 1 0 1.5-.5 2-.5s1 .5 2 .5c2.5 0 6-4 6-9 0-6.5-6-7-8-5ZM12 7c0-2.5 1.5-4 3.5-4" />
  ),
  toy: <path d="M12 3 3.5 7.500v9L12 21l8.5-4.500v-9zM3.5 7.5 12 12l8.5-4.500M12 12v9" />,
  other: <path d="M4 8h16v12H4zM4 8l2-4h12l2 4M12 4v4M9.5 12h5" />,
} as const;

export type ArtKind = keyof typeof artShapes;

/** First match wins, so the narrower words come first. */
const kinds: readonly (readonly [RegExp, ArtKind])[] = [
  [/comput|laptop|tablet|office/i, 'computer'],
  [/phone|mobile|smart/i, 'phone'],
  [/audio|music|headphone|sound/i, 'audio'],
  [/gam(e|ing)/i, 'game'],
  [/kitchen|appliance|cook/i, 'kitchen'],
  [/garden|outdoor|plant|pet/i, 'garden'],
  [/home|furnitur|decor|house/i, 'home'],
  [/cloth|fashion|apparel|shoe|wear|jewel/i, 'clothing'],
  [/sport|fitness|bike/i, 'sport'],
  [/book|movie|media|stationer/i, 'book'],
  [/beauty|health|care|cosmetic/i, 'beauty'],
  [/tool|hardware|industr|diy/i, 'tool'],
  [/car|auto|motor|vehicle/i, 'car'],
  [/food|grocer|drink|beverage/i, 'food'],
  [/toy|kid|baby|child/i, 'toy'],
  [/electro|camera|tv|video/i, 'phone'],
];

export function artKindOf(category: string): ArtKind {
  return kinds.find(([words]) => words.test(category))?.[1] ?? 'other';
}
