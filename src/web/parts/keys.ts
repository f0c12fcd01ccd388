import { useEffect, useRef, useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';

/** One key, or one after another (`g f`), and what it does here. */
export interface KeyBinding {
  readonly keys: string;
  /** For the help: `acknowledge`. */
  readonly words: string;
  readonly run: (event: KeyboardEvent) => void;
}

/** Bindings that belong together, under their heading in the help. */
interface KeyGroup {
  readonly heading: string;
  readonly bindings: () => readonly KeyBinding[];
}

const groups: KeyGroup[] = [];
const listeners = new Set<() => void>();
let listed: readonly KeyGroup[] = [];
let pending = '';
let pendingSince = 0;
/** How long the first key of two waits for the second. */
const SECOND_KEY_WITHIN = 1_200;
const OFF = 'tidemark.single-keys';

/** Are single letters commands? People who dictate or whose hands shake turn them off (WCAG 2.1.4). */
export function singleKeys(): boolean {
  return localStorage.getItem(OFF) !== 'off';
}

/** See singleKeys. */
export function setSingleKeys(on: boolean): void {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, 'off');
  tell();
}

function tell(): void {
  listed = [...groups];
  for (const each of listeners) each();
}

/** Takes keys for as long as the component is there. The newest group that has a key gets it. */
export function useKeys(heading: string, bindings: readonly KeyBinding[], active = true): void {
  const current = useRef(bindings);
  useEffect(() => {
    current.current = bindings;
  });
  useEffect(() => {
    if (!active) return undefined;
    const group: KeyGroup = { heading, bindings: () => current.current };
    groups.push(group);
    tell();
    return () => {
      groups.splice(groups.indexOf(group), 1);
      tell();
    };
  }, [heading, active]);
}

/** All groups that are taken now, the page's own first. */
export function useKeyGroups(): readonly {
  readonly heading: string;
  readonly bindings: readonly KeyBinding[];
}[] {
  const all = useSyncExternalStore(
    (each) => {
      listeners.add(each);
      return () => listeners.delete(each);
    },
    () => listed,
  );
  return all.toReversed().map(({ heading, bindings }) => ({ heading, bindings: bindings() }));
}

/** Does the key belong to what has the focus? */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('textarea, select, input:not([type=checkbox]):not([type=radio])') !== null)
  );
}

function nameOf(event: KeyboardEvent): string {
  const control = event.ctrlKey || event.metaKey ? 'Ctrl-' : '';
  const shift = event.shiftKey && event.key.length > 1 ? 'Shift-' : '';
  return `${control}${shift}${event.key.length === 1 && control !== '' ? event.key.toLowerCase() : event.key}`;
}

/** The one listener of the page; main.tsx adds it once. */
export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const name = nameOf(event);
  const single = event.key.length === 1 && !name.startsWith('Ctrl-');
  if (single && (isTyping(event.target) || !singleKeys())) return;
  // In a dialog only the dialog's own keys count; the browser has those.
  if (document.querySelector('dialog[open]') !== null && name !== 'Ctrl-k') return;
  // What a key does to a control that has the focus comes first.
  if (event.target instanceof HTMLElement && event.key.length > 1 && isTyping(event.target)) return;
  if (
    (event.key === 'Enter' || event.key === ' ') &&
    event.target instanceof HTMLElement &&
    event.target.closest('button, a, summary, input') !== null
  )
    return;
  const joined =
    pending !== '' && event.timeStamp - pendingSince < SECOND_KEY_WITHIN ? `${pending} ${name}` : name;
  for (const wanted of joined === name ? [name] : [joined, name])
    for (const group of groups.toReversed())
      for (const binding of group.bindings())
        if (binding.keys.split(', ').includes(wanted)) {
          pending = '';
          event.preventDefault();
          // What it opens is there before the next key.
          flushSync(() => binding.run(event));
          return;
        }
  const begins = groups.some((group) => group.bindings().some(({ keys }) => keys.startsWith(`${name} `)));
  pending = begins ? name : '';
  pendingSince = event.timeStamp;
}
