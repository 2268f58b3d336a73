/** One small set, 16 × 16, drawn with a stroke in the colour of the text beside it. */
const PATHS = {
  // Places
  overview: "M2.5 11.5a5.5 5.5 0 0 1 11 0M8 11.5l2.5-4M2.5 13.5h11",
  containers: "M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.5 5 8 8.2 13.5 5M8 8.2v6",
  activity: "M1.5 8.5h3l2-5.5 3 10 2-4.5h3",
  more: "M2.9 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0M7.6 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0M12.3 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0",
  // Actions
  start: "M5 3.2v9.6L12.5 8z",
  stop: "M4 4h8v8H4z",
  restart: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  unpause: "M3.5 3.5v9M6.5 3.5v9L13 8z",
  kill: "M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4zM6 6l4 4M10 6l-4 4",
  remove: "M2.5 4.5h11M6 4.5V2.8h4v1.7M4 4.5l.6 8.7h6.8l.6-8.7M6.7 7v3.7M9.3 7v3.7",
  logs: "M2.5 3.5h11M2.5 6.5h7M2.5 9.5h11M2.5 12.5h5",
  undo: "M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6",
  retry: "M3 8a5 5 0 1 1 1.6 3.7M3 14v-3h3",
  // States
  running: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6.6 5.6v4.8L10.4 8z",
  healthy: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.4 8.2l1.8 1.8 3.4-3.8",
  starting: "M8 2a6 6 0 1 0 6 6M8 4.8V8l2 1.4",
  unhealthy: "M8 2.2 14.4 13.4H1.6zM8 6.4v3.2M8 11.4h.01",
  paused: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6.4 6v4M9.6 6v4",
  created: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
  done: "M3 8.4 6.2 11.6 13 4.8",
  failed: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2",
  dead: "M2.5 2.5h11v11h-11zM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6",
  progress: "M8 2a6 6 0 1 1-6 6",
  // Signs
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
  right: "M6 3.5 10.5 8 6 12.5",
  down: "M3.5 6 8 10.5 12.5 6",
  up: "M3.5 10 8 5.5l4.5 4.5",
  back: "M10 3.5 5.5 8l4.5 4.5",
  bottom: "M8 2.5v8M4.5 7.5 8 11l3.5-3.5M3.5 13.5h9",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.4 6.2 11.6 13 4.8",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  rename: "M10.5 2.8l2.7 2.7-7.5 7.5-3.2.5.5-3.2zM8.8 4.5l2.7 2.7",
  wrap: "M2.5 3.5h11M2.5 8h8.8a2.2 2.2 0 0 1 0 4.5H8M9.7 10.8 8 12.5l1.7 1.7M2.5 12.5h2.5",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.8V8l2.2 1.4",
  follow: "M8 2.5v7M4.8 6.5 8 9.7l3.2-3.2M3 13h10",
  external: "M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.2 2.8 7.5 8.5",
  // Things
  engine: "M2 4.5h12v7H2zM5 4.5v7M8 4.5v7M11 4.5v7",
  server: "M2.5 2.5h11v4.5h-11zM2.5 9h11v4.5h-11zM5 4.8h.01M5 11.2h.01",
  connection: "M2 6.5a8.5 8.5 0 0 1 12 0M4.2 9a5.4 5.4 0 0 1 7.6 0M6.4 11.3a2.3 2.3 0 0 1 3.2 0M8 13.2h.01",
  offline:
    "M2 2l12 12M2 6.5a8.7 8.7 0 0 1 2.6-1.8M7 4a8.5 8.5 0 0 1 7 2.5M4.2 9a5.4 5.4 0 0 1 2.6-1.4M6.4 11.3a2.3 2.3 0 0 1 3.2 0M8 13.2h.01",
  keyboard: "M1.5 4h13v8.5h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M5 10h6",
  system: "M2 3h12v8H2zM6 13.5h4M8 11v2.5",
  light:
    "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  dark: "M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7z",
  language: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12M8 2c-4 4-4 8 0 12M8 2c4 4 4 8 0 12",
  memory: "M2 4.5h12v6H2zM4 13v-2.5M6.7 13v-2.5M9.3 13v-2.5M12 13v-2.5M5 6.5v2M8 6.5v2M11 6.5v2",
  cpu: "M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14",
  disk: "M2.5 8.5 4.2 3h7.6l1.7 5.5v4.5h-11zM2.5 8.5h11M11 10.8h.01",
  network: "M5 2.5v8M2.5 8 5 10.5 7.5 8M11 13.5v-8M8.5 8 11 5.5 13.5 8",
  group: "M2.5 3.5h11M5 7h8.5M5 10h8.5M5 13h8.5",
  account: "M8 2.2a2.9 2.9 0 1 0 0 5.8 2.9 2.9 0 0 0 0-5.8zM2.5 13.8c.5-2.7 2.7-4 5.5-4s5 1.3 5.5 4",
  people:
    "M6 2.8a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM1.5 13.2c.4-2.4 2.2-3.6 4.5-3.6s4.1 1.2 4.5 3.6M10.6 3a2.5 2.5 0 0 1 0 4.6M12 9.8c1.4.5 2.2 1.6 2.5 3.4",
  audit: "M3.5 1.8h6.7l2.3 2.3v10.1h-9zM6 6.2h4M6 8.8h4M6 11.4h2.5",
  signOut: "M6.5 2.5h-4v11h4M6.5 8h7M10.7 5.2 13.5 8l-2.8 2.8",
  show: "M1.5 8S4 3.7 8 3.7 14.5 8 14.5 8 12 12.3 8 12.3 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  hide: "M2.2 2.2l11.6 11.6M6.2 4a6 6 0 0 1 1.8-.3c4 0 6.5 4.3 6.5 4.3a12 12 0 0 1-2 2.4M9.9 9.9A2.6 2.6 0 0 1 6.1 6.1M4.2 5A12 12 0 0 0 1.5 8S4 12.3 8 12.3a6.3 6.3 0 0 0 2.9-.7",
  lock: "M3.5 7.2h9v6.3h-9zM5.3 7.2V5a2.7 2.7 0 0 1 5.4 0v2.2",
  key: "M10.5 2.2a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6zM8.2 7.8 2.5 13.5M4.6 11.4l2 2",
  add: "M8 3v10M3 8h10",
  gap: "M2 8h3M11 8h3M7 5.5 9 8l-2 2.5",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration beside a word; an icon that stands alone gets its word from the control around it. */
export function Icon({ name, class: extra }: { name: IconName; class?: string }) {
  return (
    <svg class={extra ? `icon ${extra}` : "icon"} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
