import './badge.css';

/** Worst first; the words are those of the reports. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

/** See SEVERITIES. */
export type Severity = (typeof SEVERITIES)[number];

/** One, two, three, four bars of a level; a ring for what is only good to know. Told apart without colour. */
const BARS: Readonly<Record<Severity, number>> = { critical: 4, high: 3, medium: 2, low: 1, info: 0 };

/** The level as bars, for places that have its word beside it. */
export function SeverityBars({ severity }: { readonly severity: Severity }) {
  const bars = BARS[severity];
  return (
    <svg className={`level ${severity}`} viewBox="0 0 16 12" width="16" height="12" aria-hidden="true">
      {[0, 1, 2, 3].map((bar) => (
        <rect
          key={bar}
          x={bar * 4}
          y={9 - bar * 3}
          width="3"
          height={3 + bar * 3}
          rx="0.8"
          className={bar < bars ? 'lit' : 'unlit'}
        />
      ))}
    </svg>
  );
}

/** How bad: bars, word and colour. */
export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  return (
    <span className={`severity ${severity}`}>
      <SeverityBars severity={severity} />
      {severity}
    </span>
  );
}

/** Where a finding stands, in the words of the lifecycle, each with its own shape. */
export type FindingState = 'open' | 'acknowledged' | 'expected' | 'noise' | 'confirmed' | 'resolved';

const SHAPES: Readonly<Record<FindingState, string>> = {
  open: 'M6 1.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9z',
  acknowledged: 'M6 1.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM6 3.500V6l1.800 1.200',
  expected: 'M1.500 6.500l3 3 6-7',
  noise: 'M1.500 6h1.500l1-3 2 6 2-6 1 3h1.500',
  confirmed: 'M6 1.500v5.500M6 10h.01',
  resolved: 'M6 1.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM3.800 6.200l1.500 1.500 3-3.200',
};

/** What each state asks of a person, for hovering and for the help. */
export const STATE_MEANS: Readonly<Record<FindingState, string>> = {
  open: 'nobody has looked at it yet',
  acknowledged: 'somebody is on it',
  expected: 'it should be so; joins what is normal',
  noise: 'not worth a look; kept, not shown',
  confirmed: 'true, and it needs work',
  resolved: 'no longer there',
};

/** Where a finding stands: shape, word and colour. */
export function StateBadge({ state }: { readonly state: FindingState }) {
  return (
    <span className={`state state-${state}`} title={STATE_MEANS[state]}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <path
          d={SHAPES[state]}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.500"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {state}
    </span>
  );
}

/** A short fact in a frame: `internal`, `new since the baseline`. */
export function Tag({ children, tone }: { readonly children: React.ReactNode; readonly tone?: Severity }) {
  return <span className={`tag${tone === undefined ? '' : ` toned ${tone}`}`}>{children}</span>;
}
