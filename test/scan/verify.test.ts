import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadPolicy } from '../../src/assembly/load-policy.ts';
import { verifyFinding } from '../../src/assembly/verify-finding.ts';
import { assessRun } from '../../src/exposure/flow/assess-run.ts';
import { findRun } from '../../src/exposure/flow/stored-scans.ts';
import type { StoredRun } from '../../src/exposure/queries/runs.ts';
import { FakeSite, NIGHT, nmapXml } from './fake-nmap.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemark-verify-'));
let site: FakeSite;
let run: StoredRun;
let telnet: string;

const assess = async () =>
  assessRun(site.store, run, {
    against: { kind: 'nothing' },
    policy: await loadPolicy(site.config),
    clock: () => site.now,
  });

beforeAll(async () => {
  site = await FakeSite.open(join(root, 'site'));
  site.answers(nmapXml({ '10.0.0.1': { 22: 'open', 23: 'open', 80: 'closed' }, '10.0.0.2': { 22: 'open' } }));
  run = (await site.scan({ targets: ['10.0.0.1', '10.0.0.2'] }))[0]!.run;
  telnet = (await assess()).findings.find(({ subject }) => subject.port === '23/tcp')!.id;
});
afterAll(async () => {
  await site.store.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  site.now = NIGHT;
  site.started();
});

/** Nmap answers the first try with one state of port 23, the second with another; undefined: the host is down. */
function tries(first: string | undefined, second: string | undefined): void {
  const xml = (state: string | undefined, nonce: string): string =>
    nmapXml(state === undefined ? {} : { '10.0.0.1': { 23: state } }, { ports: '23', nonce });
  site.nmapDoes(
    `if [ -e '${root}/second' ]; then rm '${root}/second'; cat <<'XML'\n${xml(second, 'b')}\nXML\nelse touch '${root}/second'; cat <<'XML'\n${xml(first, 'a')}\nXML\nfi`,
  );
}
const verify = (more: Parameters<FakeSite['setting']>[0] = {}) =>
  verifyFinding(site.setting(more), {
    finding: telnet.slice(0, 8),
    note: 'CHG-7',
    actor: { user: 'tester', face: 'cli' },
    pauseSeconds: 0,
  });

describe('two tries', () => {
  test.each([
    {
      first: 'open',
      second: 'open',
      outcome: 'confirmed',
      told: '10.0.0.1 23/tcp still open on 2 of 2 tries',
    },
    { first: 'closed', second: 'closed', outcome: 'cleared', told: '10.0.0.1 23/tcp closed on 2 of 2 tries' },
    {
      first: 'open',
      second: 'closed',
      outcome: 'cannot-tell',
      told: '10.0.0.1 23/tcp cannot tell: open, then closed',
    },
    {
      first: 'filtered',
      second: 'filtered',
      outcome: 'cannot-tell',
      told: '10.0.0.1 23/tcp cannot tell: no answer, then no answer',
    },
    {
      first: 'closed',
      second: undefined,
      outcome: 'cannot-tell',
      told: '10.0.0.1 23/tcp cannot tell: closed, then no answer',
    },
  ])('$first, then $second: $outcome', async ({ first, second, outcome, told }) => {
    tries(first, second);
    const { verification } = await verify();
    expect(verification).toMatchObject({ finding: telnet, outcome, told, by: 'tester' });
    expect(verification.runs).toHaveLength(2);
    const started = site.started();
    expect(started).toHaveLength(2);
    for (const argv of started) {
      expect(argv.slice(argv.indexOf('-p'), argv.indexOf('-p') + 2)).toEqual(['-p', '23']);
      expect(argv.at(-1)).toBe('10.0.0.1');
    }
    expect((await site.audit()).slice(-4).map(({ action }) => action)).toEqual([
      'verify.started',
      'verify.ended',
      'verify.started',
      'verify.ended',
    ]);
    const { observations } = (await assess()).findings.find(({ id }) => id === telnet)!;
    expect(observations[1]).toMatchObject({ text: `Verified at 2026-11-23 22:30 UTC: ${told}` });
  });

  test('are a series of their own: the latest scan is still the scan', async () => {
    expect((await findRun(site.store, 'latest')).info.id).toBe(run.info.id);
    expect((await findRun(site.store, 'latest', { profile: 'verify' })).info.profile).toBe('verify');
  });
});

describe('refused, in the log, and nothing sent', () => {
  test.each([
    { why: 'another vantage', vantage: 'outside', rule: 'vantage' },
    { why: 'a closed window', now: 12, rule: 'window-closed' },
  ])('$why', async ({ vantage = 'inside', now, rule }) => {
    if (now !== undefined) site.now = (NIGHT - 10.5 * 3600e6) as typeof NIGHT;
    const config = { ...site.config, exposure: { ...site.config.exposure, vantage } };
    await expect(verify({ config })).rejects.toMatchObject({
      message: expect.stringContaining(`rule ${rule}`) as unknown,
    });
    expect((await site.audit()).at(-1)).toMatchObject({ action: 'verify.refused', why: rule });
    expect(site.started()).toEqual([]);
  });

  test('other privileges: what a scan with full connections found is verified with full connections', async () => {
    site.answers(
      nmapXml({ '10.0.0.3': { 23: 'open' } }, { nonce: 'connect' }).replace('type="syn"', 'type="connect"'),
    );
    site.nmapDoes(`cat '${site.folder}/answer.xml'`);
    run = (await site.scan({ targets: ['10.0.0.3'], raw: false }))[0]!.run;
    site.started();
    telnet = (await assess()).findings.find(({ subject }) => subject.port === '23/tcp')!.id;
    expect((await verify()).verification.outcome).toBe('confirmed');
    expect(site.started().every((argv) => argv.includes('-sT'))).toBe(true);
  });

  test('a finding that is not there', async () => {
    await expect(
      verifyFinding(site.setting(), { finding: 'ffff', note: '', actor: { user: 'x', face: 'cli' } }),
    ).rejects.toMatchObject({ code: 'finding/unknown' });
  });
});
