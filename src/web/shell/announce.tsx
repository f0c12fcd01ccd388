import { useSyncExternalStore } from 'react';
import { IconButton } from '../parts/button.tsx';

/** Something to say at the foot of the page, with at most one thing to do about it. */
export interface Announcement {
  readonly words: React.ReactNode;
  readonly tone?: 'done' | 'failed';
  readonly action?: { readonly words: string; readonly run: () => void };
}

/** A failure stays until it is closed; what went well leaves by itself, slowly enough to read it and to act. */
const STAYS_FOR = 12_000;

let current: (Announcement & { readonly serial: number }) | undefined;
let serial = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function tell(): void {
  for (const each of listeners) each();
}

/** Says it to everyone: seen at the foot, read out by a screen reader. The newest replaces the one before. */
export function announce(what: Announcement): void {
  serial += 1;
  current = { ...what, serial };
  clearTimeout(timer);
  if (what.tone !== 'failed') timer = setTimeout(silence, STAYS_FOR);
  tell();
}

function silence(): void {
  current = undefined;
  tell();
}

/** Where announcements appear; always there, so that a screen reader watches it. */
export function Announcements() {
  const shown = useSyncExternalStore(
    (each) => {
      listeners.add(each);
      return () => listeners.delete(each);
    },
    () => current,
  );
  return (
    <div className="announcements" role="status">
      {shown !== undefined && (
        <div key={shown.serial} className={`announcement ${shown.tone ?? 'done'}`}>
          <div>{shown.words}</div>
          {shown.action !== undefined && (
            <button
              type="button"
              onClick={() => {
                silence();
                shown.action?.run();
              }}
            >
              {shown.action.words}
            </button>
          )}
          <IconButton icon="close" label="Dismiss" onClick={silence} />
        </div>
      )}
    </div>
  );
}
