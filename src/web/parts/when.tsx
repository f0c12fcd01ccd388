import { useSyncExternalStore } from 'react';
import { localTime, relativeTime, utcTime } from './time-words.ts';

/** The clock of the page, to the half minute: everything relative moves together. */
let now = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const tell of listeners) tell();
}, 30_000);

/** The time to which relative times are said; renders again as it passes. */
export function useNow(): Date {
  const at = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => now,
  );
  return new Date(at);
}

/** An instant in the reader's time zone, or as how long ago; the exact time in both zones on hover. */
export function When({
  at,
  as = 'relative',
}: {
  readonly at: string | number | undefined | null;
  readonly as?: 'relative' | 'local' | 'both';
}) {
  const today = useNow();
  if (at === undefined || at === null) return <span className="quiet">never</span>;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span className="quiet">unknown</span>;
  const local = localTime(date, today);
  const relative = relativeTime(date, today);
  return (
    <time dateTime={date.toISOString()} title={`${local} local · ${utcTime(date)}`} className="num">
      {as !== 'relative' && <span className="nowrap">{local}</span>}
      {as === 'both' && ' '}
      {as !== 'local' && <span className={as === 'both' ? 'nowrap quiet small' : 'nowrap'}>{relative}</span>}
    </time>
  );
}
