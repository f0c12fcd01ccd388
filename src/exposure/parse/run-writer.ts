import type { Host } from '../model/host.ts';
import type { RunFooter, RunHeader } from '../model/scan-run.ts';
import type { EventLog } from './problems.ts';

/** A header of which only the format need be known. */
export function headerOf(
  format: RunHeader['format'],
  scanner: string,
  known: Partial<RunHeader> = {},
): RunHeader {
  return {
    scanner,
    version: '',
    args: '',
    scaninfo: [],
    verbose: 0,
    debugging: 0,
    preScripts: [],
    ...known,
    format,
  };
}

/** Keeps the order that a ScanReader owes: `run`, hosts, `end`, for readers of line and record formats. */
export class RunWriter {
  readonly #log: EventLog;
  #open = false;
  #runs = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** How many runs have begun. */
  get runs(): number {
    return this.#runs;
  }

  begin(header: RunHeader): void {
    this.#open = true;
    this.#runs += 1;
    this.#log.emit({ kind: 'run', header });
  }

  host(host: Host): void {
    this.#log.emit({ kind: 'host', host });
  }

  /** Ends the open run, if there is one. */
  end(footer: Partial<RunFooter> & Pick<RunFooter, 'status'>): void {
    if (!this.#open) return;
    this.#open = false;
    this.#log.emit({ kind: 'end', footer: { postScripts: [], ...footer } });
  }
}
