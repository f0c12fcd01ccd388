import type { z } from 'zod';
import type { ConfigProblem } from './problem.ts';
import type { KeyPath, YamlFile } from './read-yaml.ts';
import { allKeys, formatKeyPath, isSecret, keysAt } from './schema-tree.ts';
import { suggest } from './suggest.ts';

/** Where a value came from that does not stand in the file as it is. */
export type Outside = { readonly kind: 'reference' } | { readonly kind: 'variable'; readonly name: string };

/** What the messages need to know about the value that was refused. */
export interface Refused {
  readonly file: string;
  readonly yaml: YamlFile | undefined;
  readonly value: unknown;
  readonly outside: (path: KeyPath) => Outside | undefined;
}

/** One schema issue as problems a person can act on; an unknown key is a problem of its own each. */
export function explainIssue(issue: z.core.$ZodIssue, refused: Refused): readonly ConfigProblem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...path, key], refused));
  }
  const value = valueAt(refused.value, path);
  const { message, fix } =
    value === undefined && issue.code !== 'custom'
      ? missing(issue, path)
      : wrong(issue, path, value, refused);
  return [problem('config/invalid-value', message, fix, path, refused)];
}

function unknownKey(path: KeyPath, refused: Refused): ConfigProblem {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const known = keysAt(parent);
  const near = suggest(key, known);
  const elsewhere = allKeys().find((candidate) => candidate.split('.').at(-1) === key);
  const fix =
    near !== undefined
      ? `Did you mean "${near}"?`
      : elsewhere !== undefined
        ? `Did you mean ${elsewhere}? It belongs ${elsewhere.includes('.') ? `under "${elsewhere.slice(0, elsewhere.lastIndexOf('.'))}"` : 'at the left margin'}.`
        : known.length === 0
          ? 'Remove it.'
          : `Remove it. Known here: ${known.join(', ')}.`;
  const where = parent.length === 0 ? '' : ` in ${formatKeyPath(parent)}`;
  return problem('config/unknown-key', `unknown key ${JSON.stringify(key)}${where}`, fix, path, refused);
}

interface Told {
  readonly message: string;
  readonly fix: string;
}

function missing(issue: z.core.$ZodIssue, path: KeyPath): Told {
  const expected = issue.code === 'invalid_type' ? `: ${article(issue.expected)}` : '';
  return { message: `${formatKeyPath(path)} is missing`, fix: `Add ${formatKeyPath(path)}${expected}.` };
}

function wrong(issue: z.core.$ZodIssue, path: KeyPath, value: unknown, refused: Refused): Told {
  const name = path.length === 0 ? 'the file' : formatKeyPath(path);
  const got = shown(path, value, refused);
  switch (issue.code) {
    case 'invalid_type':
      return {
        message: `${name} must be ${article(issue.expected)}, but is ${got}`,
        fix:
          value === null
            ? 'Give it a value, or remove the key to use the default.'
            : `Write ${article(issue.expected)}.`,
      };
    case 'invalid_value': {
      const words = issue.values.map(String);
      const near = typeof value === 'string' ? suggest(value, words) : undefined;
      return {
        message: `${name} must be one of ${words.join(', ')}, but is ${got}`,
        fix: near === undefined ? `Write one of ${words.join(', ')}.` : `Did you mean "${near}"?`,
      };
    }
    case 'invalid_union': {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      const near = typeof value === 'string' ? suggest(value, options) : undefined;
      const choice =
        options.length === 0
          ? 'Compare with `tidemark config schema`.'
          : `Write one of ${options.join(', ')}.`;
      return {
        message: `${name} is ${got}, which is none of the forms it may have`,
        fix: near === undefined ? choice : `Did you mean "${near}"?`,
      };
    }
    case 'too_small':
      if (value === '') return { message: `${name} is empty`, fix: 'Give it a value, or remove it.' };
      return {
        message: `${name} must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}, but is ${got}`,
        fix: 'Raise it.',
      };
    case 'too_big':
      return {
        message: `${name} must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}, but is ${got}`,
        fix: 'Lower it.',
      };
    case 'custom':
      // Our own rules complete the sentence: "must be …", "needs …".
      return {
        message:
          typeof value === 'object' ? `${name} ${issue.message}` : `${name} ${issue.message}, but is ${got}`,
        fix: 'Correct the value; `tidemark config schema` describes each key.',
      };
    default:
      return {
        message: `${name} ${issue.message.startsWith('must ') ? issue.message : `is refused (${issue.message})`}, but is ${got}`,
        fix: 'Correct the value; `tidemark config schema` describes each key.',
      };
  }
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' || origin === 'set' ? ' items' : '';
}

function article(type: string): string {
  const words: Record<string, string> = {
    object: 'a mapping (key: value)',
    array: 'a list',
    int: 'a whole number',
    boolean: 'true or false',
  };
  return words[type] ?? (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
}

/** The value as it may be shown: never a secret, never what a reference brought in, never long. */
function shown(path: KeyPath, value: unknown, refused: Refused): string {
  if (isSecret(path)) return 'something else (a secret, not shown)';
  if (refused.outside(path)?.kind === 'reference') {
    return 'something else (it came in through a reference and is not shown)';
  }
  if (value === undefined) return 'not there';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  // An address may carry a password before its host.
  const text = (JSON.stringify(value) ?? 'no value').replaceAll(/\/\/[^\s/]*@/g, '//…@');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function problem(
  code: ConfigProblem['code'],
  message: string,
  fix: string,
  path: KeyPath,
  refused: Refused,
): ConfigProblem {
  const outside = refused.outside(path);
  if (outside?.kind === 'variable') return { code, message, fix, where: { field: outside.name } };
  const position = code === 'config/unknown-key' ? refused.yaml?.keyAt(path) : refused.yaml?.valueAt(path);
  const field = path.length === 0 ? {} : { field: formatKeyPath(path) };
  return { code, message, fix, where: { file: refused.file, ...position, ...field } };
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}
