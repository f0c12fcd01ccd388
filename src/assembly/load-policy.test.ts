import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPolicies } from './load-policy.ts';

const rule = (id: string, more = '') =>
  `  - { id: ${id}, title: T, severity: low, match: port.number == 1, why: W${more} }\n`;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-policy-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(files: Readonly<Record<string, string>>, named: readonly string[]) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), `version: 1\n${text}`);
  }
  return readPolicies(named.map((name) => join(folder, name)));
}

describe('packs of a policy', () => {
  test('their rules apply, and the file that names them may speak of them', async () => {
    const come = await read(
      {
        'site.yaml': `packs: [packs/web.yaml]\ndisable: [web.two]\nseverity: { web.one: high }\nrules:\n${rule('site.own', ', where: { roles: [web] }')}`,
        'packs/web.yaml': `name: web\nroles: { web: [10.0.0.0/8] }\nseverity: { legacy.ftp: low }\nrules:\n${rule('web.one')}${rule('web.two')}`,
      },
      ['site.yaml'],
    );
    expect(come.ok && come.policy.rules.map(({ id, pack }) => [id, pack])).toEqual([
      ['web.one', 'web'],
      ['web.two', 'web'],
      ['site.own', undefined],
    ]);
    expect(come.ok && [...come.policy.disabled]).toEqual(['web.two']);
    expect(come.ok && Object.fromEntries(come.policy.severities)).toEqual({
      'legacy.ftp': 'low',
      'web.one': 'high',
    });
  });

  test('the file has the last word', async () => {
    const come = await read(
      {
        'site.yaml': 'packs: [pack.yaml]\nseverity: { legacy.ftp: high }\n',
        'pack.yaml': 'severity: { legacy.ftp: low }\n',
      },
      ['site.yaml'],
    );
    expect(come.ok && come.policy.severities.get('legacy.ftp')).toBe('high');
  });

  test('one that two files name is read once', async () => {
    const come = await read(
      {
        'a.yaml': 'packs: [pack.yaml]\n',
        'b.yaml': 'packs: [./pack.yaml]\n',
        'pack.yaml': `rules:\n${rule('pack.one')}`,
      },
      ['a.yaml', 'b.yaml'],
    );
    expect(come.ok && come.policy.rules.map(({ id }) => id)).toEqual(['pack.one']);
  });

  test('what is wrong in a pack is said of the pack, and of no other file', async () => {
    const come = await read(
      {
        'site.yaml': 'packs: [pack.yaml]\ndisable: [pack.one]\n',
        'pack.yaml': `rules:\n${rule('pack.one').replace('low', 'loud')}`,
      },
      ['site.yaml'],
    );
    expect(come.ok ? [] : come.faults.map(({ code, where }) => [code, where.file])).toEqual([
      ['policy/not-valid', join(folder, 'pack.yaml')],
    ]);
  });

  test.each([
    {
      why: 'a pack that is not there',
      files: { 'site.yaml': 'packs: [gone.yaml]\n' },
      code: 'policy/unreadable',
    },
    {
      why: 'a pack that names packs',
      files: { 'site.yaml': 'packs: [pack.yaml]\n', 'pack.yaml': 'packs: [site.yaml]\n' },
      code: 'policy/pack-in-pack',
    },
    {
      why: 'a rule of one name in two packs',
      files: {
        'site.yaml': 'packs: [one.yaml, two.yaml]\n',
        'one.yaml': `rules:\n${rule('pack.one')}`,
        'two.yaml': `rules:\n${rule('pack.one')}`,
      },
      code: 'policy/duplicate-rule',
    },
  ])('refused: $why', async ({ files, code }) => {
    await expect(read(files, ['site.yaml'])).rejects.toMatchObject({ code });
  });

  test('a list that is no list of files is wrong, and nothing is opened for it', async () => {
    const come = await read({ 'site.yaml': 'packs: { a: 1 }\n' }, ['site.yaml']);
    expect(come.ok ? undefined : come.faults[0].code).toBe('policy/not-valid');
  });
});
