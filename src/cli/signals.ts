/** Exit statuses of a program that was asked to stop: 128 + the signal's number, as shells count. */
const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What a command does itself that runs until it is told to stop. Neither may throw. */
export interface TakenOver {
  readonly onHangup: () => void;
  /** The process ends when this returns. */
  readonly onSecond: (signal: NodeJS.Signals) => void;
}

/** What stops a command early. */
export interface Interruption {
  /** Aborted at the first Ctrl-C (or SIGTERM, SIGHUP): long work stops at the next good moment. */
  readonly signal: AbortSignal;
  /** The exit status that the signal asks for, once one came. */
  readonly status: () => number | undefined;
  /**
   * For a command that runs until it is told to stop: a stop is what it waits for, so that its own exit status counts and
   * nothing is announced; SIGHUP calls the handler and stops nothing. A second signal is announced before it ends the
   * process, to whoever writes its log.
   */
  readonly takeOver: (handlers: TakenOver) => void;
  readonly release: () => void;
}

/**
 * First signal: an orderly stop. Second: the handlers are taken away and the signal is sent again, so
 * that the system ends the process at once, even while the embedded engine is busy in native code.
 */
export function watchSignals(target: NodeJS.Process, announce: (text: string) => void): Interruption {
  const controller = new AbortController();
  let received: keyof typeof STATUS | undefined;
  const names = Object.keys(STATUS) as (keyof typeof STATUS)[];
  const release = (): void => {
    for (const name of names) target.removeListener(name, onSignal);
  };
  let taken: TakenOver | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGHUP' && taken !== undefined) {
      taken.onHangup();
      return;
    }
    if (received === undefined) {
      received = name as keyof typeof STATUS;
      if (taken === undefined) announce('stopping; press Ctrl-C again to stop at once');
      controller.abort(new Error('interrupted'));
      return;
    }
    taken?.onSecond(name);
    release();
    target.kill(target.pid, name);
  };
  for (const name of names) target.on(name, onSignal);
  return {
    signal: controller.signal,
    status: () => (received === undefined || taken !== undefined ? undefined : STATUS[received]),
    takeOver: (handlers) => {
      taken = handlers;
    },
    release,
  };
}
