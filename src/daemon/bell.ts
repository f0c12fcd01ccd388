/** Waits so many milliseconds, or until the signal. */
export async function pause(millis: number, signal: AbortSignal): Promise<void> {
  await new Bell().wait(millis, signal);
}

/** Wakes who waits for it. Rung while nobody waits, it wakes the next at once: no news is lost. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when it is rung, after so many milliseconds, or when the signal comes: true when it was rung. */
  async wait(millis: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) {
      let timer: NodeJS.Timeout | undefined;
      let done = (): void => undefined;
      await new Promise<void>((resolve) => {
        done = resolve;
        // setTimeout takes 31 bits: beyond, it would fire at once.
        timer = setTimeout(resolve, Math.min(Math.max(0, millis), 2 ** 31 - 1));
        this.#wake = resolve;
        signal.addEventListener('abort', done, { once: true });
      });
      clearTimeout(timer);
      this.#wake = undefined;
      signal.removeEventListener('abort', done);
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}
