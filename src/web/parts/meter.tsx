import './picture.css';

/** A part of a whole as a bar, with its figure. */
export function Meter({
  value,
  most,
  words,
  tone,
}: {
  readonly value: number;
  readonly most: number;
  readonly words: string;
  readonly tone?: string;
}) {
  const width = Math.max(0, Math.min(100, (value / most) * 100));
  return (
    <span className={`meter ${tone ?? ''}`}>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect className="track" width="100" height="10" rx="5" />
        <rect className="value" width={width} height="10" rx="5" />
      </svg>
      {words}
    </span>
  );
}
