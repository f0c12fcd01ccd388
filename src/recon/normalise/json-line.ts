import { quoted } from './field-values.ts';
import { asObject, at, parseObject, type JsonObject } from './json-object.ts';

/** A line's innermost object, and what its wrapping said of it. */
export interface JsonLine {
  readonly object: JsonObject;
  /** The outermost object where it is another one: ECS puts what it knows of a record beside it. */
  readonly envelope: JsonObject | undefined;
  /** Words of the wrapping that may name the type of the record: a key (`{"conn": {…}}`), a file's path, a dataset. */
  readonly hints: readonly string[];
}

/** Shippers wrap shippers, but not often: more layers than this are somebody's joke. */
const LAYERS = 5;

const NO_HINTS: readonly string[] = [];

/** The text at a path of keys, otherwise undefined. */
function stringOf(object: JsonObject, ...path: readonly string[]): string | undefined {
  const value = at(object, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** What says of which log a record is, beside it: Filebeat's and Vector's names for the file, ECS's for the dataset. */
function hintsBeside(object: JsonObject): string[] {
  return [
    stringOf(object, 'log', 'file', 'path'),
    stringOf(object, 'log.file.path'),
    stringOf(object, 'source'),
    stringOf(object, 'file'),
    stringOf(object, 'path'),
    stringOf(object, 'event', 'dataset'),
    stringOf(object, 'event.dataset'),
    stringOf(object, 'fileset', 'name'),
    stringOf(object, 'sourcetype'),
  ].filter((hint) => hint !== undefined);
}

/** Text in which the original line is carried, or undefined. */
function carriedText(object: JsonObject): string | undefined {
  for (const text of [
    stringOf(object, 'event', 'original'),
    stringOf(object, 'event.original'),
    stringOf(object, 'message'),
    stringOf(object, '_raw'),
    stringOf(object, 'log'),
    stringOf(object, 'line'),
    stringOf(object, 'MESSAGE'),
  ]) {
    if (text !== undefined && text.includes('{')) return text;
  }
  return undefined;
}

/** Object in which the original one is carried, with the key that carries it. */
function carriedObject(
  object: JsonObject,
  inner: ReadonlySet<string>,
): readonly [string, JsonObject] | undefined {
  for (const key of ['_source', 'result', 'json']) {
    const carried = asObject(object[key]);
    if (carried !== undefined) return [key, carried];
  }
  for (const key in object) {
    if (!inner.has(key)) continue;
    const carried = asObject(object[key]);
    if (carried !== undefined) return [key, carried];
  }
  return undefined;
}

/** A JSON object from where it begins; undefined when the text is none. What stands before it is a prefix of syslog or Docker. */
function parseFrom(text: string): JsonObject | undefined {
  const first = text.indexOf('{');
  if (first === 0) return parseObject(text);
  // A bracket in a prefix is tried as well: `app{1}: {"ts": …}`.
  for (
    let begin = first, tries = 0;
    begin >= 0 && tries < 3;
    begin = text.indexOf('{', begin + 1), tries += 1
  ) {
    const object = parseObject(text.slice(begin));
    if (object !== undefined) return object;
  }
  return undefined;
}

/**
 * The record of a line of JSON, taken out of what shippers put around it: a syslog or Docker prefix, Filebeat's
 * `message`, ECS's `event.original`, Splunk's `_raw`, a search hit's `_source`, a key that names the record
 * (`inner`: `{"conn": {…}}`). An object is a record, and looked into no further, when `isRecord` says so.
 * Gives the message of a problem when the line is not JSON.
 */
export function readJsonLine(
  text: string,
  isRecord: (object: JsonObject) => boolean,
  inner: ReadonlySet<string>,
): JsonLine | string {
  let object = parseFrom(text);
  if (object === undefined) return notJson(text);
  if (isRecord(object)) return { object, envelope: undefined, hints: NO_HINTS };
  const outermost = object;
  const hints: string[] = [];
  for (let layer = 0; layer < LAYERS; layer += 1) {
    hints.push(...hintsBeside(object));
    const carriedLine = carriedText(object);
    const fromText: JsonObject | undefined = carriedLine === undefined ? undefined : parseFrom(carriedLine);
    const carried: readonly [string, JsonObject] | undefined =
      fromText === undefined ? carriedObject(object, inner) : ['', fromText];
    if (carried === undefined) break;
    if (carried[0] !== '') hints.push(carried[0]);
    object = carried[1];
    if (isRecord(object)) break;
  }
  return { object, envelope: object === outermost ? undefined : outermost, hints };
}

/** Says what is wrong with a line that is no JSON object. */
function notJson(text: string): string {
  if (!text.includes('{')) return `no JSON object in ${quoted(text)}`;
  return text.trimEnd().endsWith('}')
    ? `no valid JSON: ${quoted(text)}`
    : `JSON that breaks off: ${quoted(text)}; is the line cut short?`;
}
