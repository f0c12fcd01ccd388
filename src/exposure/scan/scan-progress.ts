/** How far a scan has come, as Nmap tells it. */
export interface ScanProgress {
  /** What Nmap is doing: `SYN Stealth Scan`, `Service scan`. */
  readonly task: string;
  /** Of this task, 0–100. */
  readonly percent: number;
  /** Seconds that the task is thought to take still. */
  readonly remaining: number | undefined;
  /** Hosts that are done. */
  readonly hosts: number;
}

/** Names of Nmap's tasks are short; what is longer was not written by Nmap. */
const LONGEST = 400;

/**
 * Reads progress out of Nmap's XML as it passes by: `<taskprogress>` and `<taskbegin>` (Nmap 7.9x, nmap.dtd), and the ends of
 * hosts. It only looks: what is imported is parsed by the reader of scans.
 */
export class ProgressReader {
  readonly #told: (progress: ScanProgress) => void;
  #rest = '';
  #hosts = 0;
  #last: ScanProgress = { task: '', percent: 0, remaining: undefined, hosts: 0 };

  constructor(told: (progress: ScanProgress) => void) {
    this.#told = told;
  }

  push(bytes: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-LONGEST);
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line.includes('</host>')) {
      this.#hosts += 1;
      this.#tell({ ...this.#last, hosts: this.#hosts });
    }
    if (!line.startsWith('<task') || line.length > LONGEST) return;
    const task = /\btask="([^"]{1,80})"/.exec(line)?.[1];
    if (task === undefined) return;
    const percent = Number(
      /\bpercent="([\d.]{1,8})"/.exec(line)?.[1] ?? (line.startsWith('<taskend') ? 100 : 0),
    );
    const remaining = /\bremaining="(\d{1,9})"/.exec(line)?.[1];
    this.#tell({
      task,
      percent: Math.min(100, percent),
      remaining: remaining === undefined ? undefined : Number(remaining),
      hosts: this.#hosts,
    });
  }

  #tell(progress: ScanProgress): void {
    this.#last = progress;
    this.#told(progress);
  }
}
