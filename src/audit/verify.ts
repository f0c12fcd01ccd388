import { auditRecord, digestOf, GENESIS, hashesOf, type AuditRecord } from './record.ts';

/** Something that a log that nobody touched does not show. */
export interface AuditFlaw {
  /** 1-based line of the file; one past the last where lines are missing at the end. */
  readonly line: number;
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
}

/** The end of a log as it was noted elsewhere. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** Follows the chain line by line. Feed all lines in order, then ask for the flaws. */
export class AuditVerifier {
  readonly #flaws: AuditFlaw[] = [];
  #line = 0;
  #last: AuditHead = { seq: 0, hash: GENESIS };
  #torn: { readonly line: number; readonly bytes: number; readonly sha256: string } | undefined;
  readonly #heads: readonly AuditHead[];
  readonly #metHeads = new Set<AuditHead>();

  /** `heads`: ends of the log that were noted elsewhere, each of which it must contain. */
  constructor(heads: readonly AuditHead[] = []) {
    this.#heads = heads;
    for (const head of heads) if (head.seq === 0) this.#metHeads.add(head);
  }

  /** The last good record's place in the chain. */
  get head(): AuditHead {
    return this.#last;
  }

  /** Takes the next line without its line break. Gives the record when it is one, good or not. */
  add(line: Uint8Array): AuditRecord | undefined {
    this.#line += 1;
    const text = new TextDecoder().decode(line);
    const record = parse(text);
    const hashes = hashesOf(text);
    if (record === undefined || hashes === undefined) {
      this.#judgeTorn();
      // Bytes that a crash left are explained by the record that follows them.
      this.#torn = { line: this.#line, bytes: line.length, sha256: digestOf(line) };
      return undefined;
    }
    this.#judgeTorn(record);
    if (hashes.is !== hashes.claimed) {
      this.#flaw(`record ${record.seq} was edited: its content does not have the hash that it claims`);
    }
    if (record.seq !== this.#last.seq + 1) this.#flaw(this.#gap(record.seq));
    else if (record.prev !== this.#last.hash) {
      this.#flaw(`record ${record.seq} does not follow from the one before it: one of the two was replaced`);
    }
    this.#last = { seq: record.seq, hash: record.hash };
    for (const head of this.#heads) {
      if (head.seq !== record.seq) continue;
      this.#metHeads.add(head);
      if (head.hash !== record.hash) {
        this.#flaw(`record ${record.seq} is not the one that was noted when it was written`);
      }
    }
    return record;
  }

  /** All flaws, in order. `rest`: bytes after the last line break. */
  finish(rest?: Uint8Array): readonly AuditFlaw[] {
    if (rest !== undefined && rest.length > 0) {
      this.#line += 1;
      this.#judgeTorn();
      this.#flaw('the last line is cut short: a crash while it was written, or somebody cut it');
    } else this.#judgeTorn();
    const beyond = this.#heads
      .filter((head) => !this.#metHeads.has(head))
      .toSorted((a, b) => b.seq - a.seq)[0];
    if (beyond !== undefined) {
      this.#line += 1;
      this.#flaw(
        `the log ends with record ${this.#last.seq}, but record ${beyond.seq} was noted when it was written: the end was cut off`,
      );
    }
    return this.#flaws;
  }

  #gap(seq: number): string {
    const expected = this.#last.seq + 1;
    if (seq < expected)
      return `record ${seq} stands where record ${expected} belongs: lines were re-ordered or repeated`;
    const missing = seq - expected;
    return missing === 1
      ? `record ${expected} is missing before record ${seq}`
      : `records ${expected} to ${seq - 1} are missing before record ${seq}`;
  }

  /** A line that is no record must be vouched for by the very next one. */
  #judgeTorn(next?: AuditRecord): void {
    const torn = this.#torn;
    this.#torn = undefined;
    if (torn === undefined) return;
    const vouched =
      next?.action === 'log.resumed' &&
      next.details['bytes'] === torn.bytes &&
      next.details['sha256'] === torn.sha256;
    if (!vouched) this.#flaws.push({ line: torn.line, message: 'the line is no audit record' });
  }

  #flaw(message: string): void {
    this.#flaws.push({ line: this.#line, message });
  }
}

function parse(text: string): AuditRecord | undefined {
  try {
    const parsed = auditRecord.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
