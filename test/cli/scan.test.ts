import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nmapXml, SITE } from '../scan/fake-nmap.ts';
import { scratch, tidemark } from './tidemark.ts';

const cwd = scratch();
beforeAll(() => {
  const always = SITE.replace(/ {6}windows:.*\n/, '').replace('2027-01-31', '2099-12-31');
  writeFileSync(
    join(cwd, 'tidemark.yaml'),
    `${always}schedules: [{ name: nightly, cron: '30 2 * * *', profiles: [exposure], targets: [10.0.0.1] }]\n`,
  );
  const xml = nmapXml({ '10.0.0.1': { 23: 'open' } });
  writeFileSync(join(cwd, 'nmap'), `#!/bin/sh\ncat <<'XML'\n${xml}XML\n`);
  chmodSync(join(cwd, 'nmap'), 0o755);
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

test.each([
  { args: ['scan', 'exposure', '--', '--script=exploit'], says: 'rule looks-like-option' },
  { args: ['scan', 'exposure', '192.0.2.1'], says: 'rule outside-networks' },
  { args: ['scan', 'brute', '10.0.0.1'], says: 'rule unknown-profile' },
  { args: ['scan', '--plan', 'x;id', '10.0.0.1'], says: 'rule unknown-plan' },
  { args: ['scan', 'exposure', '10.0.0.1', '-p', '22 --script=x'], says: 'rule ports' },
  { args: ['scan', 'exposure', '--targets-file', '/nothing'], says: 'rule list-unreadable' },
  { args: ['scan', 'exposure', '10.0.0.1', '--script=exploit'], says: 'unknown option' },
  { args: ['verify', '--', '-x'], says: 'there is no finding -x' },
])('$args: refused, status 2', async ({ args, says }) => {
  const { status, stderr, stdout } = await tidemark(args, { cwd });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(says);
});

test('a scan, its finding verified, in the log and in the export; the schedule is listed', async () => {
  expect((await tidemark(['scan', 'exposure', '10.0.0.1'], { cwd })).status).toBe(1);
  const { findings } = JSON.parse((await tidemark(['assess', '--json'], { cwd })).stdout) as {
    readonly findings: readonly { readonly id: string; readonly subject: { readonly port?: string } }[];
  };
  const { id } = findings.find(({ subject }) => subject.port === '23/tcp')!;
  const verified = await tidemark(['verify', id.slice(0, 10), '--pause', '0'], { cwd });
  expect(verified).toMatchObject({ status: 1 });
  expect(verified.stdout).toContain('10.0.0.1 23/tcp still open on 2 of 2 tries');
  expect((await tidemark(['findings', 'show', id], { cwd })).stdout).toMatch(
    /verified at .* still open on 2 of 2/,
  );
  expect((await tidemark(['scope', 'export'], { cwd })).stdout.split('\r\n')).toHaveLength(5);
  const { stdout, status } = await tidemark(['audit', 'verify'], { cwd });
  expect({ status, whole: stdout.startsWith('whole: 12 records') }).toEqual({ status: 0, whole: true });
  expect((await tidemark(['schedule', 'run-due'], { cwd })).status).toBe(0);
  expect((await tidemark(['schedule', 'list'], { cwd })).stdout).toMatch(/nightly .*02:30 UTC/);
  expect((await tidemark(['schedule', 'units'], { cwd })).stdout).toContain('schedule run-due');
  expect((await tidemark(['doctor', '--json'], { cwd })).stdout).toContain('12 records, whole');
});
