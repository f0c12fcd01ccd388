import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import type { ConfigProblem } from './problem.ts';

/** Key path into the configuration: `['exposure', 'networks', 0, 'prefix']`. */
export type KeyPath = readonly (string | number)[];

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A parsed file: its plain value, and where each key and value stands. */
export interface YamlFile {
  readonly value: unknown;
  /** Where the value at the path stands; the nearest enclosing thing when it is absent. */
  readonly valueAt: (path: KeyPath) => Position;
  /** Where the key itself stands (for keys that should not be there). */
  readonly keyAt: (path: KeyPath) => Position;
}

/** Aliases may stand for at most this many nodes: enough for any honest file, far from a bomb. */
const MAX_ALIASES = 100;
/** Bytes. A configuration of a thousand networks is a tenth of this. */
const MAX_BYTES = 1_048_576;

/** Parses YAML 1.2 strictly. Duplicate keys, unknown tags, several documents and alias bombs are problems. */
export function readYaml(
  bytes: Uint8Array,
  file: string,
): YamlFile | { problems: [ConfigProblem, ...ConfigProblem[]] } {
  const at = (position: Position | undefined, message: string, fix: string): ConfigProblem => ({
    code: 'config/yaml',
    message,
    fix,
    where: { file, ...position },
  });
  if (bytes.length > MAX_BYTES) {
    return {
      problems: [
        at(
          undefined,
          `is ${bytes.length} bytes long, more than ${MAX_BYTES}`,
          'Is this the right file? Give another with --config.',
        ),
      ],
    };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problems: [at(undefined, 'is not UTF-8 text', 'Save the file as UTF-8.')] };
  }
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      strict: true,
      uniqueKeys: true,
    });
  } catch {
    // The parser recurses; hostile nesting ends in a RangeError.
    return {
      problems: [
        at(
          undefined,
          'nests too deep to be read',
          'No key of the configuration lies deeper than a few levels: is this the right file?',
        ),
      ],
    };
  }
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [firstError, ...otherErrors] = [...document.errors, ...document.warnings].map((error) =>
    at(position(error.pos[0]), plainMessage(error), fixFor(error)),
  );
  if (firstError !== undefined) return { problems: [firstError, ...otherErrors] };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return {
      problems: [
        at(
          undefined,
          `aliases expand without end: ${message}`,
          'Write the values out instead of using aliases (&name, *name).',
        ),
      ],
    };
  }
  return {
    value,
    valueAt: (path) => position(offsetOf(document, path, 'value')),
    keyAt: (path) => position(offsetOf(document, path, 'key')),
  };
}

function plainMessage(error: YAMLError): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return 'the same key stands here twice';
    case 'TAB_AS_INDENT':
      return 'a tab is used to indent';
    case 'MULTIPLE_DOCS':
      return 'a second YAML document begins here';
    default:
      return `not valid YAML: ${error.message.split('\n', 1)[0] ?? ''}`;
  }
}

function fixFor(error: YAMLError): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return 'Keep one of them: which one counts would otherwise be a guess.';
    case 'TAB_AS_INDENT':
      return 'Indent with spaces.';
    case 'MULTIPLE_DOCS':
      return 'Keep one document: remove the "---" in the middle of the file.';
    case 'TAG_RESOLVE_FAILED':
      return 'Remove the tag (the word that begins with "!"); plain values are enough here.';
    case 'BAD_ALIAS':
      return 'Write the value out, or define the anchor (&name) before it is used.';
    default:
      return 'Correct the line. Indentation is two spaces, and text with ": " or " #" in it needs quotes.';
  }
}

/** Character offset of the thing at the path, or of the nearest enclosing thing that exists. */
function offsetOf(document: Document.Parsed, path: KeyPath, which: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) return offset;
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      const key = startOf(pair.key);
      offset = (last && which === 'key' ? key : (startOf(pair.value) ?? key)) ?? offset;
      node = pair.value;
    } else {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
