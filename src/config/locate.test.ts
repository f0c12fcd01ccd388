import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Fault } from '../fault/fault.ts';
import { defaultDataDir, locateConfig } from './locate.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemark-locate-'));
const home = join(root, 'home');
const project = join(root, 'project');
const bare = join(root, 'bare');
const xdg = join(root, 'xdg');
for (const folder of [join(home, '.config/tidemark'), project, bare, join(xdg, 'tidemark')]) {
  mkdirSync(folder, { recursive: true });
}
const touch = (path: string): string => {
  writeFileSync(path, '');
  return path;
};
const userFile = touch(join(home, '.config/tidemark/tidemark.yaml'));
const xdgFile = touch(join(xdg, 'tidemark/tidemark.yaml'));
const projectFile = touch(join(project, 'tidemark.yaml'));
const otherFile = touch(join(root, 'other.yaml'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

describe('which file, and where the history then lies', () => {
  test.each([
    {
      why: '--config before all',
      asked: '../other.yaml',
      cwd: project,
      env: { TIDEMARK_CONFIG: projectFile },
      file: otherFile,
      data: join(root, '.tidemark'),
    },
    {
      why: 'TIDEMARK_CONFIG before the working directory',
      cwd: project,
      env: { TIDEMARK_CONFIG: otherFile },
      file: otherFile,
      data: join(root, '.tidemark'),
    },
    {
      why: 'the working directory before the user',
      cwd: project,
      env: {},
      file: projectFile,
      data: join(project, '.tidemark'),
    },
    {
      why: "the user's own file",
      cwd: bare,
      env: {},
      file: userFile,
      data: join(home, '.local/share/tidemark'),
    },
    {
      why: 'XDG directories',
      cwd: bare,
      env: { XDG_CONFIG_HOME: xdg, XDG_DATA_HOME: join(root, 'data') },
      file: xdgFile,
      data: join(root, 'data/tidemark'),
    },
    {
      why: 'a relative XDG directory is ignored, as its specification says',
      cwd: bare,
      env: { XDG_CONFIG_HOME: 'xdg' },
      file: userFile,
      data: join(home, '.local/share/tidemark'),
    },
    {
      why: 'nothing anywhere',
      cwd: bare,
      env: { HOME: join(root, 'nobody') },
      file: undefined,
      data: join(root, 'nobody/.local/share/tidemark'),
    },
  ])('$why', ({ asked, cwd, env, file, data }) => {
    const surroundings = { cwd, env: { HOME: home, ...env } };
    const located = locateConfig(asked, surroundings);
    expect(located.file).toBe(file);
    expect(defaultDataDir(located, surroundings.env)).toBe(data);
  });

  test('a file asked for by name must be there', () => {
    expect(() => locateConfig('nowhere.yaml', { cwd: bare, env: {} })).toThrow(Fault);
    expect(() => locateConfig(undefined, { cwd: bare, env: { TIDEMARK_CONFIG: 'nowhere.yaml' } })).toThrow(
      /TIDEMARK_CONFIG/,
    );
  });
});
