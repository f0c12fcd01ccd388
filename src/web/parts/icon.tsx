/** Our own pictures, drawn on a 16 × 16 grid with lines of one width; they never stand alone without a word or a label. */
const PATHS = {
  overview: 'M2.500 8.500a5.500 5.500 0 0 1 11 0M8 8.500l2.500-3M2 12h12',
  findings: 'M3 2.500h10v11H3zM5.500 6h5M5.500 8.500h5M5.500 11h3',
  hosts: 'M2.500 3h11v4h-11zM2.500 9h11v4h-11zM5 5h.01M5 11h.01',
  runs: 'M8 2.500a5.500 5.500 0 1 0 5.500 5.500M8 5a3 3 0 1 0 3 3M8 8l4.500-4.500',
  baseline:
    'M2 6c2 0 2-1.500 4-1.500S8 6 10 6s2-1.500 4-1.500M2 11.500h12M2 9c2 0 2-1.500 4-1.500S8 9 10 9s2-1.500 4-1.500',
  episodes:
    'M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM8 6.200a1.800 1.800 0 1 1 0 3.600 1.800 1.800 0 0 1 0-3.600z',
  campaigns:
    'M8 8L3.500 4M8 8l5-3.500M8 8l-3 5M8 8l4.500 3.500M3.500 4h.01M13 4.500h.01M5 13h.01M12.500 11.500h.01',
  calendar: 'M2.500 4h11v9.500h-11zM2.500 7h11M5.500 2.500V5M10.500 2.500V5',
  sensors:
    'M8 9v4.500M8 9a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3zM4.500 11a5 5 0 0 1 0-7M11.500 11a5 5 0 0 0 0-7',
  audit: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.800 8l1.600 1.600 3-3.200',
  sinks: 'M2.500 8h8M7.500 4.500L11 8l-3.500 3.500M13.500 3v10',
  settings:
    'M3 4.500h6M12 4.500h1M3 11.500h1M7 11.500h6M10.500 3a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3zM5.500 10a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3z',
  menu: 'M2.500 4.500h11M2.500 8h11M2.500 11.500h11',
  search: 'M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.500 10.500l3.500 3.500',
  close: 'M4 4l8 8M12 4l-8 8',
  sun: 'M8 5.200a2.800 2.800 0 1 1 0 5.600 2.800 2.800 0 0 1 0-5.600zM8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M12.600 3.400l-1 1M4.400 11.600l-1 1',
  moon: 'M13 9.500A5.500 5.500 0 0 1 6.500 3a5.500 5.500 0 1 0 6.500 6.500z',
  auto: 'M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11zM8 2.500v11M10 4v8M12 5.500v5',
  keyboard: 'M1.500 4h13v8.500h-13zM4 6.500h.01M6.500 6.500h.01M9 6.500h.01M11.500 6.500h.01M5 10h6',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4L6 8l4 4',
  out: 'M6.500 3h-4v10h4M6 8h8M11 5l3 3-3 3',
  check: 'M3 8.500l3.200 3.200L13 4.500',
  rows: 'M2.500 4h11M2.500 6.700h11M2.500 9.300h11M2.500 12h11',
} as const;

/** See PATHS. */
export type IconName = keyof typeof PATHS;

/** A picture beside its word; hidden from assistive technology, which has the word. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
