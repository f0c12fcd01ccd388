import { useLine } from '../data/live.ts';

const WORDS = { connecting: 'Connecting', live: 'Live', lost: 'Connection lost, trying again' } as const;

/** Whether what is shown keeps up with the server. */
export function LiveLine() {
  const line = useLine();
  return (
    <p className={`live-line small line-${line}`}>
      <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
        {line === 'live' ? <circle cx="5" cy="5" r="4" /> : <circle cx="5" cy="5" r="3.5" className="ring" />}
      </svg>
      {WORDS[line]}
    </p>
  );
}
