import { useSyncExternalStore } from 'react';

/** How the page looks; kept in the browser, told to nobody. */
export interface Preferences {
  readonly theme: 'auto' | 'light' | 'dark';
  readonly density: 'comfortable' | 'compact';
}

const KEY = 'tidemark.look';
const DEFAULT: Preferences = { theme: 'auto', density: 'comfortable' };
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Record<keyof Preferences, unknown>>;
    return {
      theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : DEFAULT.theme,
      density: kept.density === 'compact' ? 'compact' : DEFAULT.density,
    };
  } catch {
    return DEFAULT;
  }
}

/** Puts the look on the document; called once before the first picture, and with every change. */
export function applyPreferences(): void {
  const { dataset } = document.documentElement;
  if (current.theme === 'auto') delete dataset['theme'];
  else dataset['theme'] = current.theme;
  dataset['density'] = current.density;
}

/** Changes the look and remembers it. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  localStorage.setItem(KEY, JSON.stringify(current));
  applyPreferences();
  for (const tell of listeners) tell();
}

/** The look as it is. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => current,
  );
}
