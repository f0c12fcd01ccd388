import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownScansSince } from '../../src/exposure/queries/authorised-scans.ts';
import type { Fault } from '../../src/fault/fault.ts';
import { all } from '../../src/sql/ports.ts';
import { parseInstant } from '../../src/time/instant.ts';
import { FakeSite, NIGHT, nmapXml } from './fake-nmap.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemark-runner-'));
let site: FakeSite;
beforeAll(async () => {
  site = await FakeSite.open(join(root, 'site'));
});
afterAll(async () => {
  await site.store.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  site.now = NIGHT;
  site.nmapDoes(`cat '${site.folder}/answer.xml'`);
  site.started();
});

const lastRecords = async (count: number): Promise<readonly string[]> =>
  (await site.audit()).slice(-count).map(({ action, details }) => {
    const { stopped, failed, status } = details;
    return [action, stopped ?? failed ?? status].filter(Boolean).join(' ');
  });
const ownScans = () => all(site.store, ownScansSince, { since: '1970-01-01 00:00:00.000000' });

/** Begins a scan whose Nmap prints the head of its output and one host, and then does what is said. */
const HEAD = nmapXml({ '10.0.0.2': { 22: 'open' } }, { nonce: 'cut' }).split('<runstats>')[0]!;

describe('a scan that ends well', () => {
  test('is stored, in the log before and after, and in the ledger', async () => {
    const [scanned] = await site.scan({ targets: ['10.0.0.1', '10.0.0.8/30'], note: 'why not' });
    expect(scanned).toMatchObject({ run: { hostsUp: 1, openPorts: 1 }, end: { status: 0, warnings: [] } });
    const [argv] = site.started();
    expect(argv).toContain('-T4');
    expect(argv?.slice(argv.indexOf('-oX'))).toEqual(['-oX', '-', '10.0.0.1', '10.0.0.8', '10.0.0.10/31']);
    const [started, ended] = (await site.audit()).slice(-2);
    expect(started).toMatchObject({
      action: 'scan.started',
      why: 'grant office, CHG-1',
      details: { targets: ['10.0.0.1', '10.0.0.8', '10.0.0.10/31'], note: 'why not', leftOut: '10.0.0.9' },
    });
    expect(ended).toMatchObject({
      action: 'scan.ended',
      subject: started!.subject,
      details: { run: scanned!.run.info.id, status: 'complete', stopped: null },
    });
    expect(await ownScans()).toMatchObject([
      { id: started!.subject, run: scanned!.run.info.id, ports: '22,80,443', from: NIGHT, to: NIGHT },
    ]);
  });

  test('with its warnings, cleaned of nothing but line ends', async () => {
    site.nmapDoes(`echo 'WARNING: no targets were \u001b[31mred' >&2; cat '${site.folder}/answer.xml'`);
    const [scanned] = await site.scan({});
    expect(scanned?.end.warnings).toEqual(['WARNING: no targets were \u001b[31mred']);
  });

  test('gives Nmap an environment of our own', async () => {
    process.env['NMAPDIR'] = '/tmp/evil';
    process.env['NMAP_PRIVILEGED'] = '';
    try {
      await site.scan({}, { env: { ...process.env } });
    } finally {
      delete process.env['NMAPDIR'];
      delete process.env['NMAP_PRIVILEGED'];
    }
    expect(readFileSync(join(site.folder, 'env'), 'utf8')).not.toMatch(/NMAP/);
  });
});

describe('the scope is asked before every run', () => {
  test('a window that closes after the first family lets the second wait', async () => {
    const late = parseInstant('2026-11-24T06:00:00Z')!;
    const scanning = site.scan(
      { targets: ['10.0.0.1', '2001:db8:1::1'] },
      {
        onEvent: ({ kind }) => {
          if (kind === 'scanned') site.now = late;
        },
      },
    );
    await expect(scanning).rejects.toMatchObject({
      message: expect.stringContaining('rule window-closed') as unknown,
    });
    expect(site.started()).toHaveLength(1);
  });

  test('and not when nothing is left to be run', async () => {
    const late = parseInstant('2026-11-24T06:00:00Z')!;
    await site.scan(
      {},
      {
        onEvent: ({ kind }) => {
          if (kind === 'scanned') site.now = late;
        },
      },
    );
    expect((await site.audit()).at(-1)?.action).toBe('scan.ended');
  });
});

describe('a scan that is ended early keeps what it had seen', () => {
  const talks = `while sleep 0.1; do echo '<taskprogress task="SYN Stealth Scan" percent="1.00"/>'; done`;
  test.each([
    { why: 'interrupted', script: talks, abort: true },
    { why: 'window-closed', script: talks, untilMilliseconds: 500 },
    { why: 'stalled', script: 'sleep 600', stallAfter: 500 },
    { why: 'stalled', script: `trap '' INT; sleep 600 & wait; sleep 600`, stallAfter: 500 },
  ])('$why: $script', async ({ why, script, abort, untilMilliseconds, stallAfter }) => {
    site.nmapDoes(`cat <<'XML'\n${HEAD}\nXML\n${script}`);
    const control = new AbortController();
    if (untilMilliseconds !== undefined) {
      site.now = (parseInstant('2026-11-24T06:00:00Z')! - untilMilliseconds * 1e3) as typeof site.now;
    }
    const scanning = site.scan(
      {},
      {
        signal: control.signal,
        ...(stallAfter === undefined ? {} : { stallAfter }),
        onEvent: ({ kind }) => {
          if (kind === 'progress' && abort === true) control.abort();
        },
      },
    );
    const [scanned] = await scanning;
    expect(scanned).toMatchObject({ end: { stopped: why }, run: { hostsUp: 1 } });
    expect(scanned?.run.info.status).not.toBe('complete');
    expect(await lastRecords(1)).toEqual([`scan.ended ${why}`]);
  });
});

describe('Nmap fails', () => {
  test.each([
    { what: 'dies at once', script: 'kill -9 $$', code: 'scan/failed' },
    {
      what: 'says why',
      script: `echo 'Failed to open device eth9' >&2; exit 1`,
      code: 'scan/failed',
      says: 'eth9',
    },
    { what: 'speaks of something else', script: 'echo hello', code: 'scan/failed' },
    { what: 'dies in the middle', script: `cat <<'XML'\n${HEAD}\nXML\nkill -9 $$`, code: undefined },
  ])('$what', async ({ script, code, says = '' }) => {
    site.nmapDoes(script);
    if (code === undefined) {
      const [scanned] = await site.scan({});
      expect(scanned).toMatchObject({ end: { status: undefined }, run: { hostsUp: 1 } });
      expect(scanned?.run.info.status).not.toBe('complete');
      return;
    }
    const error = await site.scan({}).catch((fault: unknown) => fault as Fault);
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) as unknown });
    expect((await lastRecords(1))[0]).toMatch(/^scan\.ended Nmap made no scan/);
  });

  test('is not installed', async () => {
    rmSync(join(site.folder, 'nmap'));
    await expect(site.scan({})).rejects.toMatchObject({ code: 'scan/no-nmap' });
    expect((await lastRecords(1))[0]).toMatch(/^scan\.ended .* is not installed$/);
  });
});

describe('no log, no scan', () => {
  test.runIf(process.platform === 'linux')('when the disk is full', async () => {
    const full = join(root, 'full.jsonl');
    symlinkSync('/dev/full', full);
    const config = { ...site.config, audit: { file: full } };
    await expect(site.scan({}, { config })).rejects.toMatchObject({
      code: 'audit/not-written',
      message: expect.stringContaining('ENOSPC') as unknown,
    });
    // The refusal of what the scope forbids cannot be written either, and says so.
    await expect(site.scan({ targets: ['192.0.2.1'] }, { config })).rejects.toMatchObject({
      code: 'audit/not-written',
    });
    expect(site.started()).toEqual([]);
  });
});

describe('one scan at a time from a vantage', () => {
  test('the second is refused, and that is written down', async () => {
    const go = join(root, 'go');
    site.nmapDoes(
      `cat '${site.folder}/answer.xml' | head -3\nwhile ! [ -e '${go}' ]; do sleep 0.1; done\ncat '${site.folder}/answer.xml' | tail -n +4`,
    );
    let second: Promise<unknown> | undefined;
    const first = site.scan(
      {},
      {
        onEvent: ({ kind }) => {
          if (kind !== 'started') return;
          second = site
            .scan({})
            .catch((fault: unknown) => fault)
            .finally(() => symlinkSync('/', go));
        },
      },
    );
    await first;
    expect(await second).toMatchObject({ code: 'scan/vantage-busy' });
    expect(site.started()).toHaveLength(1);
    expect((await site.audit()).some(({ why }) => why === 'vantage-busy')).toBe(true);
    // And afterwards the vantage is free again.
    await site.scan({});
  });
});
