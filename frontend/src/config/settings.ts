/** What the page's behaviour is set to; times are in milliseconds. */
export const settings = {
  /** Where nginx (and Vite's server in development) puts the gateway. */
  backend: '/backend',
  requestTimeout: 15_000,

  /** A search starts when typing has paused for this long. */
  searchDebounce: 300,
  /** Shorter words are searched only on Enter: every keystroke counts against the rate limit. */
  searchMinTyped: 2,
  /** The gateway's own bound, in characters. */
  searchMaxLength: 100,
  pageSize: 20,

  /**
   * A dead primary must be seen within 3 s. The gateway looks once a second at most, whoever asks,
   * and gives a silent member 0.6 s: asking twice a second keeps the sum near 2 s.
   */
  topologyInterval: 500,
  /** Where the cluster is not what the view is about. */
  glanceInterval: 5_000,
  cacheInterval: 2_000,
  healthInterval: 5_000,
  /** How often an unreachable gateway is asked again. */
  probeInterval: 3_000,

  /** Requests that the charts and the table remember. */
  requestsKept: 120,
} as const;
