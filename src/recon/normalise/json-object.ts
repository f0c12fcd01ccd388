/** A JSON object as it came in: nothing in it is known to be what it should. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses one line as a JSON object; undefined when it is none. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The value if it is an object, else undefined. */
export function asObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/** The value at a path of keys, own properties only; undefined when there is none. */
export function at(object: JsonObject | undefined, ...path: readonly string[]): unknown {
  let value: unknown = object;
  for (const key of path) {
    const step = asObject(value);
    if (step === undefined || !Object.hasOwn(step, key)) return undefined;
    value = step[key];
  }
  return value;
}

/** The first of the values that is text or a number, as text; empty when none is. */
export function textOf(...values: readonly unknown[]): string {
  for (const value of values) {
    if (typeof value === 'string' && value !== '' && value !== '-') return value;
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  }
  return '';
}
