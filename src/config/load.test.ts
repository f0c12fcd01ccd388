import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatWhere } from '../fault/fault.ts';
import { loadConfig } from './load.ts';
import { ConfigFault } from './problem.ts';

/**
 * A folder per case: `in.yaml`, `env.yaml` (the environment, when it matters), and what must come
 * out: `expected.yaml`, the configuration or the part that the case is about, or `expected-error.txt`, every problem as printed.
 * `<folder>` stands for the case's own folder. UPDATE_CASES=1 writes the expectations anew: read the diff.
 */
const CASES = join(import.meta.dirname, '..', '..', 'test', 'config');

type Outcome = { readonly config: unknown } | { readonly error: string };

function outcome(folder: string): Outcome {
  const envFile = join(folder, 'env.yaml');
  const env = existsSync(envFile) ? (parse(readFileSync(envFile, 'utf8')) as Record<string, string>) : {};
  try {
    const { config } = loadConfig({ cwd: folder, env: { HOME: '/home/nobody', ...env }, config: 'in.yaml' });
    return { config: JSON.parse(JSON.stringify(config).replaceAll(folder, '<folder>')) as unknown };
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    const text = error.problems
      .map(({ code, message, fix, where }) => `${code}: ${message} (${formatWhere(where)})\nfix: ${fix}\n`)
      .join('\n');
    return { error: text.replaceAll(`${folder}/`, '') };
  }
}

describe('configuration cases', () => {
  const names = readdirSync(CASES);
  test('there are cases', () => {
    expect(names.length).toBeGreaterThan(20);
  });

  test.each(names)('%s', (name) => {
    const folder = join(CASES, name);
    const found = outcome(folder);
    const expectedError = join(folder, 'expected-error.txt');
    if (process.env['UPDATE_CASES'] === '1' && 'error' in found) writeFileSync(expectedError, found.error);
    const expected: Outcome = existsSync(expectedError)
      ? { error: readFileSync(expectedError, 'utf8') }
      : { config: parse(readFileSync(join(folder, 'expected.yaml'), 'utf8')) as unknown };
    expect(found).toMatchObject(expected);
  });

  test('an empty file gives every default, and nothing else', () => {
    const folder = join(CASES, 'empty');
    const config = parse(readFileSync(join(folder, 'expected.yaml'), 'utf8')) as unknown;
    expect(outcome(folder)).toEqual({ config });
  });
});
