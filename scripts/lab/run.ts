/**
 * Scans a small lab of network namespaces with real Nmap and writes what it said:
 *
 *   npx tsx scripts/lab/run.ts            the weekly series → examples/lab/
 *   npx tsx scripts/lab/run.ts fixtures   one run of each other kind → test/fixtures/nmap/real/
 *
 * Needs root, ip (iproute2), nft (nftables), nmap and openssl; masscan for its fixtures. With
 * faketime installed the weekly scans carry weekly dates, else the dates of today. Nothing but
 * namespaces named tmlab-* is touched, and they are removed however the run ends.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FIXTURES } from './fixtures.ts';
import { Lab, makeCertificate, tool } from './namespaces.ts';
import {
  DNS,
  FIRST_SCAN,
  labInWeek,
  PORTS,
  PREFIX6,
  SCANNER,
  SUBNET,
  TRUTH,
  WEEK_MS,
  WEEKS,
} from './plan.ts';
import { checkMachine, LAB_TOOLS, scannerOf, type Scanner } from './scanner.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const bringTo = (lab: Lab, week: number): Promise<void> => lab.bringTo(labInWeek(week));

async function weekly(lab: Lab, scanner: Scanner): Promise<void> {
  for (let week = 1; week <= WEEKS; week += 1) {
    await bringTo(lab, week);
    const at = new Date(FIRST_SCAN + (week - 1) * WEEK_MS);
    const name = `${at.toISOString().slice(0, 10)}.xml`;
    await scanner.scan(
      [
        'nmap',
        '-sS',
        '-sV',
        '-T4',
        '--max-retries',
        '1',
        '--max-rtt-timeout',
        '100ms',
        '-p',
        PORTS,
        '--dns-servers',
        DNS,
        '-oX',
        name,
        SUBNET,
        '--exclude',
        SCANNER,
      ],
      { at },
    );
  }
  const path = join(scanner.directory, 'truth.json');
  writeFileSync(
    path,
    `${JSON.stringify({ weeks: WEEKS, firstScan: new Date(FIRST_SCAN).toISOString(), subnet: SUBNET, truth: TRUTH }, null, 1)}\n`,
  );
}

async function main(what: string): Promise<void> {
  if (what !== 'weekly' && what !== 'fixtures')
    throw new Error(`not a part of the lab: ${what}. Say weekly or fixtures.`);
  checkMachine(what === 'fixtures' ? [...LAB_TOOLS, 'masscan'] : LAB_TOOLS);
  const work = mkdtempSync(join(tmpdir(), 'tmlab-'));
  const lab = new Lab(work);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= lab.close().finally(() => rmSync(work, { recursive: true })));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(130)));
  }
  try {
    makeCertificate(work);
    lab.plug({ name: 'scanner1', mac: '52:54:00:10:00:fa', address: SCANNER, address6: `${PREFIX6}250` });
    const output = join(work, 'out');
    mkdirSync(output);
    const scanner = scannerOf(lab, output);
    if (what === 'weekly') await weekly(lab, scanner);
    else {
      await bringTo(lab, 1);
      lab.forward('gw1');
      for (const fixture of FIXTURES) await fixture(scanner);
    }
    const target = join(ROOT, what === 'weekly' ? 'examples/lab' : 'test/fixtures/nmap/real');
    mkdirSync(target, { recursive: true });
    tool('cp', '-r', `${output}/.`, target);
  } finally {
    await close();
  }
}

try {
  await main(process.argv[2] ?? 'weekly');
} catch (error) {
  console.error(`lab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
