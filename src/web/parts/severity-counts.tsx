import { SEVERITIES, SeverityBars, type Severity } from './badge.tsx';

/** How many of each severity, those that there are; worst first. */
export function SeverityCounts({ counts }: { readonly counts: Readonly<Record<Severity, number>> }) {
  const some = SEVERITIES.filter((severity) => counts[severity] > 0);
  if (some.length === 0) return <span className="quiet">none</span>;
  return (
    <span className="severity-counts">
      {some.map((severity) => (
        <span key={severity} className={`severity ${severity}`}>
          <SeverityBars severity={severity} />
          <span className="num">{counts[severity].toLocaleString('en')}</span> {severity}
        </span>
      ))}
    </span>
  );
}
