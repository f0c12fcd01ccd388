import { Fault } from '../fault/fault.ts';
import type { ParameterValue } from '../sql/query.ts';
import { placeholders } from './lexer.ts';
import { quoteName, quoteString } from './quote.ts';

const INTEGER_RANGE: Readonly<Record<string, readonly [bigint, bigint]>> = {
  UInt8: [0n, 2n ** 8n - 1n],
  UInt16: [0n, 2n ** 16n - 1n],
  UInt32: [0n, 2n ** 32n - 1n],
  UInt64: [0n, 2n ** 64n - 1n],
  Int8: [-(2n ** 7n), 2n ** 7n - 1n],
  Int16: [-(2n ** 15n), 2n ** 15n - 1n],
  Int32: [-(2n ** 31n), 2n ** 31n - 1n],
  Int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Smallest and largest value of an integer type, or undefined for every other type. */
export function integerRange(type: string): readonly [bigint, bigint] | undefined {
  return INTEGER_RANGE[type];
}

const bad = (name: string, type: string, why: string): Fault =>
  new Fault(
    'store/bad-parameter',
    `parameter ${name} is not a ${type}: ${why}`,
    'Report this with the command that you ran: it is a mistake of the program.',
    { field: name },
  );

/** ISO 8601 in UTC becomes the engine's own spelling: its parameter reader knows no `T…Z`. */
function dateTimeText(name: string, type: string, value: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,6})?Z?$/.exec(value);
  if (match === null)
    throw bad(name, type, `${JSON.stringify(value)} is not a UTC time like 2026-11-22T04:02:00Z`);
  return `${match[1]} ${match[2]}${match[3] ?? ''}`;
}

/** The text of one scalar, not yet escaped or quoted; the flag says whether it needs quotes in SQL. */
function scalar(name: string, type: string, value: unknown): { text: string; quoted: boolean } {
  const range = integerRange(type);
  if (range !== undefined) {
    const whole = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    if (typeof whole !== 'bigint') throw bad(name, type, `${String(value)} is not a whole number`);
    if (whole < range[0] || whole > range[1]) throw bad(name, type, `${whole} is out of range`);
    return { text: whole.toString(), quoted: false };
  }
  if (type === 'Float64' || type === 'Float32') {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(name, type, String(value));
    return { text: String(value), quoted: false };
  }
  if (type === 'Bool') {
    if (typeof value !== 'boolean') throw bad(name, type, String(value));
    return { text: String(value), quoted: false };
  }
  if (typeof value !== 'string') throw bad(name, type, `it is a ${typeof value}`);
  if (type.startsWith('DateTime')) return { text: dateTimeText(name, type, value), quoted: true };
  return { text: value, quoted: true };
}

function elementType(type: string): string | undefined {
  return /^Array\((.+)\)$/.exec(type)?.[1];
}

/** A text with its names written into it, and the values that the engine is to put in for the rest. */
export interface BoundText {
  readonly text: string;
  /** As both clients take them: each does its own escaping. */
  readonly values: Readonly<Record<string, string | number | bigint | boolean | readonly unknown[]>>;
}

/**
 * Checks every parameter of the text against its type and gets it ready for the engine to bind.
 * Names (Identifier) are written into the text: the clients escape backslashes that the engine
 * takes as part of a name. Throws a Fault `store/bad-parameter` when one is missing, of another type or out of range.
 */
export function bindParameters(text: string, params: unknown): BoundText {
  const values: Record<string, string | number | bigint | boolean | readonly unknown[]> = {};
  let out = '';
  let from = 0;
  for (const { name, type, start, end } of placeholders(text)) {
    const value = valueOf(name, params);
    const element = elementType(type);
    if (type === 'Identifier') {
      out += text.slice(from, start) + literal(name, type, value);
      from = end;
    } else if (element === undefined) {
      const checked = scalar(name, type, value).text;
      // A float as text: the embedded engine's client refuses large ones that happen to be whole.
      values[name] = typeof value === 'bigint' || typeof value === 'boolean' ? value : checked;
    } else {
      arrayLiteral(name, element, value);
      values[name] = value as readonly unknown[];
    }
  }
  return { text: out + text.slice(from), values };
}

/**
 * The text with every parameter written into it as a typed literal: for the embedded engine's
 * statements, whose own binding is not isolated between connections that run at the same time.
 * Throws as {@link bindParameters} does.
 */
export function inlineParameters(text: string, params: unknown): string {
  let out = '';
  let from = 0;
  for (const { name, type, start, end } of placeholders(text)) {
    out += text.slice(from, start) + literal(name, type, valueOf(name, params));
    from = end;
  }
  return out + text.slice(from);
}

function literal(name: string, type: string, value: unknown): string {
  if (type === 'Identifier') return quoteName(scalar(name, type, value).text);
  const element = elementType(type);
  if (element !== undefined) return `CAST(${arrayLiteral(name, element, value)}, ${quoteString(type)})`;
  const { text, quoted } = scalar(name, type, value);
  return `CAST(${quoted ? quoteString(text) : text}, ${quoteString(type)})`;
}

function arrayLiteral(name: string, element: string, value: unknown): string {
  if (!Array.isArray(value)) throw bad(name, `Array(${element})`, `it is a ${typeof value}`);
  const items = value.map((item: unknown) => {
    const { text, quoted } = scalar(name, element, item);
    return quoted ? quoteString(text) : text;
  });
  return `[${items.join(',')}]`;
}

function valueOf(name: string, params: unknown): ParameterValue {
  const value = (params as Readonly<Record<string, ParameterValue | undefined>> | undefined)?.[name];
  if (value === undefined) throw bad(name, 'value', 'it was not given');
  return value;
}
