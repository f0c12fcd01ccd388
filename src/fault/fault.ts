/** Where in the input something was wrong. Every field is optional: fill in what is known. */
export interface Where {
  /** File name or `-` for standard input, as the user gave it. */
  readonly file?: string;
  /** 1-based line. */
  readonly line?: number;
  /** 1-based column, in characters. */
  readonly column?: number;
  /** 0-based byte offset. */
  readonly offset?: number;
  /** The field, key path or attribute concerned, e.g. `schedules.0.rate` or `port/@portid`. */
  readonly field?: string;
}

/** The room (or topic) that raised a fault, then the situation: `store/locked`, `parse/not-nmap`. */
export type FaultCode = `${string}/${string}`;

/**
 * A failure that the operator can act on. `message` says what was wrong, `where` places it, and
 * `fix` is a sentence in the imperative that says what to do. Anything else that is thrown is a bug.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly fix: string;
  readonly where: Where;

  constructor(code: FaultCode, message: string, fix: string, where: Where = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fix = fix;
    this.where = where;
  }
}

/** `scan.xml:12:4 (byte 311, port/@portid)`, or an empty string when nothing is known. */
export function formatWhere(where: Where): string {
  const position = [where.file, where.line, where.column].filter((part) => part !== undefined).join(':');
  const detail = [where.offset === undefined ? undefined : `byte ${where.offset}`, where.field].filter(
    (part) => part !== undefined,
  );
  if (detail.length === 0) return position;
  return position === '' ? detail.join(', ') : `${position} (${detail.join(', ')})`;
}

/**
 * Bad input that was set aside: counted and reported, never thrown, because the good input
 * around it goes on.
 */
export interface Problem {
  readonly code: FaultCode;
  /** What was wrong, in one sentence without a full stop. May quote input: escape before printing. */
  readonly message: string;
  readonly where: Where;
}
