/** Drawn for this page on a 24 × 24 grid, stroked with the text's colour. */
const shapes = {
  search: <path d="M16.5 16.5 21 21M10.5 18a7.5 7.5 0 1 1 0-15 7.5 7.5 0 0 1 0 15Z" />,
  pulse: <path d="M3 12h4l2.5-7 5 14 2.5-7h4" />,
  cluster: (
    <path d="M12 8V4M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM8.6 14.2 5 17M15.4 14.2 19 17M12 4a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM4 19a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM20 19a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z" />
  ),
  cache: (
    <path d="M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3Zm0 0v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3" />
  ),
  close: <path d="m6 6 12 12M18 6 6 18" />,
  bolt: <path d="M13.5 3 5 14h6l-1 7 8.5-11h-6z" />,
  disk: <path d="M4 5h16v6H4zM4 13h16v6H4zM7 8h.01M7 16h.01M11 8h6M11 16h6" />,
  spark: <path d="M12 3v5M12 16v5M3 12h5M16 12h5M6 6l3 3M15 15l3 3M18 6l-3 3M9 15l-3 3" />,
  star: <path d="m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.700l5.9-.8z" />,
  left: <path d="m15 5-7 7 7 7" />,
  right: <path d="m9 5 7 7-7 7" />,
  sun: (
    <path d="M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2M12 20v2M4.9 4.900l1.4 1.400M17.7 17.700l1.4 1.400M2 12h2M20 12h2M4.9 19.100l1.4-1.400M17.7 6.300l1.4-1.4" />
  ),
  moon: <path d="M20 14.500A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.500Z" />,
  contrast: <path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 3v18M12 8h7.500M12 12h9M12 16h7.5" />,
  clock: <path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.5 2" />,
  alert: <path d="M12 4 2.5 20h19zM12 10v4M12 17h.01" />,
  unplugged: <path d="m3 3 18 18M8 8l-3.5 3.500a5 5 0 0 0 7 7L15 15M11 5l2-2a5 5 0 0 1 7 7l-2 2" />,
  refresh: (
    <path d="M20 11a8 8 0 0 0-14.3-4L3 9.500M3 4v5.500h5.500M4 13a8 8 0 0 0 14.3 4l2.7-2.500M21 20v-5.500h-5.5" />
  ),
  trending: <path d="m3 17 6-6 4 4 8-8M15 7h6v6" />,
} as const;

export type IconName = keyof typeof shapes;

/** A picture beside words that say the same: hidden from screen readers. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {shapes[name]}
    </svg>
  );
}
