import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** What `script` imports before its first line runs, itself or through files of its own, that is neither Node's nor ours. */
function packagesNeeded(script: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(script)) return [];
  seen.add(script);
  const source = readFileSync(script, 'utf8');
  const names = [...source.matchAll(/^\s*(?:import|export)\b[^'"()]*?['"]([^'"]+)['"]/gm)].map(
    ([, name = '']) => name,
  );
  return names.flatMap((name) => {
    if (name.startsWith('node:')) return [];
    if (!name.startsWith('.')) return [`${relative(root, script)} imports ${name}`];
    return packagesNeeded(join(dirname(script), name), seen);
  });
}

/** The scripts that package.json runs where nothing is installed yet. */
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const first = (command: string) => /node (scripts\/\S+\.mjs)/.exec(command)?.[1];

describe('what runs on a fresh clone needs nothing but Node', () => {
  test.each(['quickstart', 'test', 'check'])('npm run %s', (name) => {
    const script = first(scripts[name] ?? '');
    expect(script && existsSync(join(root, script))).toBe(true);
    expect(packagesNeeded(join(root, script ?? ''))).toEqual([]);
  });

  test('and a script that does need a package is seen to', () => {
    expect(packagesNeeded(join(root, 'scripts/build-web.mjs'))).toEqual([
      'scripts/build-web.mjs imports @vitejs/plugin-react',
      'scripts/build-web.mjs imports vite',
    ]);
  });
});
