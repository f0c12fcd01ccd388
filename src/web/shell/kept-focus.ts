import { useEffect } from 'react';

/**
 * Keeps the focus on the page. An element that has it may be taken away (the button of a verdict that was said) or
 * disabled (a button that waits for its answer); the browser then puts it on the body, and whoever works with the keyboard
 * begins again at the top. Here it goes to the dialog that is open or to the page, and back to its element when that works again.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: HTMLElement | undefined;
    let lost: HTMLElement | undefined;
    let frame = 0;
    const works = (element: HTMLElement): boolean => element.isConnected && !element.matches(':disabled');
    const note = ({ target }: FocusEvent): void => {
      if (target instanceof HTMLElement && target !== home()) last = target;
    };
    const check = (): void => {
      frame = 0;
      const at = document.activeElement;
      const nowhere = at === document.body || at === null;
      if (last === undefined || (!nowhere && at !== home())) return;
      if (works(last)) {
        // It was only disabled for a while, perhaps for less than the two frames, and nobody has gone elsewhere since.
        if (lost === last || nowhere) last.focus({ preventScroll: true });
        lost = undefined;
      } else if (nowhere) {
        lost = last;
        home()?.focus({ preventScroll: true });
      }
    };
    // The browser lets go of what was disabled with its next frame; so the check comes after that.
    const later = (): void => {
      if (last !== undefined && frame === 0 && (lost !== undefined || !works(last)))
        frame = requestAnimationFrame(() => {
          frame = requestAnimationFrame(check);
        });
    };
    const watcher = new MutationObserver(later);
    document.addEventListener('focusin', note);
    watcher.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] });
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener('focusin', note);
      watcher.disconnect();
    };
  }, []);
}

/** Where the focus belongs when its element is gone. */
function home(): HTMLElement | null {
  const dialog = document.querySelector('dialog[open]');
  return dialog === null
    ? document.querySelector<HTMLElement>('#main')
    : dialog.querySelector<HTMLElement>(':is(input, select, button):not(:disabled)');
}
