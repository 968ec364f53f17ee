/** Line icons of one stroke; what they mean stands beside them in words. */

const PATHS = {
  up: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5 8.2l2.2 2.2L11.2 6',
  high: 'M8 2 15 14H1ZM8 6.4v3.4M8 12v.1',
  late: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 4.5V8l2.5 1.5',
  silent: 'M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5ZM5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8',
  gone: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5 8h6',
  check: 'm3 8.5 3.3 3.3L13 5',
  question: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M6 6.3a2 2 0 1 1 2.8 1.9c-.5.3-.8.6-.8 1.2M8 11.6v.1',
  left: 'M10 3 5 8l5 5',
  right: 'm6 3 5 5-5 5',
  wider: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3 14 14M5 7h4',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  moon: 'M13.5 9.6A6 6 0 0 1 6.4 2.5 6 6 0 1 0 13.5 9.6',
  system: 'M2 3h12v8H2ZM5.5 14h5M8 11v3',
  key: 'M10.5 2a3.5 3.5 0 1 1-2.6 5.8L2.5 13.3V15H5v-1.7h1.8v-1.8l1.4-1.3M11.2 4.8v.1',
  play: 'M4.5 2.5v11l9-5.5Z',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  plug: 'M5.5 1.5v4M10.5 1.5v4M3.5 5.5h9V8a4.5 4.5 0 0 1-9 0ZM8 12.5v2',
  close: 'M4 4l8 8M12 4l-8 8',
  compare: 'M2 12.5l3.5-5 3 3L14 4M2 5.5l3 2 4-4 5 6.5',
  gear: 'M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 3v3M5.5 10v3',
  out: 'M8 2v8M4.8 6.8 8 10l3.2-3.2M2.5 13.5h11',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, class: of = '' }: { name: IconName; class?: string }) {
  return (
    <svg
      class={of}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
