import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workspace } from '../../src/assembly/workspace.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Tape } from '../../src/estate/traffic/tape.ts';
import { Dice } from '../../src/estate/dice.ts';
import { zeekConnTsv } from '../../src/estate/traffic/zeek-log.ts';
import { fromMillis, parseInstant, type Instant } from '../../src/time/instant.ts';
import { ip } from '../written/source-activity.ts';

/*
 * What our machines serve, by scans and by telemetry in one store: both halves together say what a machine is.
 */

const START = parseInstant('2026-03-02T09:00:00Z') as Instant;
const later = (seconds: number): Instant => (START + seconds * 1e6) as Instant;

const open = (host: string, ports: readonly number[]): string =>
  `<host><status state="up" reason="syn-ack"/><address addr="${host}" addrtype="ipv4"/><ports>${ports
    .map((port) => `<port protocol="tcp" portid="${port}"><state state="open" reason="syn-ack"/></port>`)
    .join('')}</ports></host>`;

/** Our own scan: a directory server, and a machine that telemetry never sees serve. */
const SCAN = `<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -oX - 10.20.0.0/24" start="${START / 1e6}" version="7.95" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="1000" services="1-1000"/>
${open('10.20.0.10', [53, 88, 135, 389, 445])}
${open('10.20.0.13', [22, 5432])}
<runstats><finished time="${START / 1e6 + 60}" exit="success"/><hosts up="2" down="0" total="2"/></runstats>
</nmaprun>
`;

const DIRECTORY = ip('10.20.0.10');
const DATABASE = ip('10.20.0.11');
const WEB = ip('10.20.0.12');
const SCANNED_DATABASE = ip('10.20.0.13');
const DESK = ip('10.20.0.14');
const STRANGER = ip('198.51.100.9');

async function importTelemetry(file: string): Promise<void> {
  const { signal } = new AbortController();
  const options = { stdin: Readable.from([]), signal };
  for await (const _ of workspace.recon.importTelemetry([join(directory, file)], options));
}

let directory: string;
let workspace: Workspace;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'roles-'));
  const tape = new Tape(new Dice(1, 1));
  // Whom they serve.
  tape.tcp(later(1), WEB, DATABASE, 3306, 'closed');
  for (let n = 0; n < 4; n += 1) {
    tape.tcp(later(10 + n), ip(`10.20.1.${n + 1}`), WEB, 443, 'closed');
    tape.tcp(later(20 + n), ip(`10.20.1.${n + 1}`), DESK, 445, 'closed');
    tape.tcp(later(30 + n), ip(`10.20.1.${n + 1}`), STRANGER, 443, 'closed');
  }
  // What makes them worth a look: a few contacts in vain, too few to be anything.
  for (const source of [DIRECTORY, DATABASE, WEB, SCANNED_DATABASE, DESK, STRANGER])
    for (let n = 0; n < 3; n += 1)
      tape.tcp(later(100 + 10 * n), source, ip(`10.20.2.${n + 1}`), 514, 'silent');
  await writeFile(join(directory, 'conn.log'), zeekConnTsv(tape.records));
  await writeFile(join(directory, 'scan.xml'), SCAN);
  workspace = await Workspace.open(
    loadConfig({ cwd: directory, env: { TIDEMARK_DATA_DIR: join(directory, 'data') } }).config,
    // Retention counts from when a record was read, by the engine's own clock.
    { clock: () => fromMillis(Date.now()), program: 'test' },
  );
  const stdin = Readable.from([]);
  for await (const _ of workspace.importScans([join(directory, 'scan.xml')], { stdin }));
  await importTelemetry('conn.log');
});
afterAll(async () => {
  await workspace.close();
  await rm(directory, { recursive: true, force: true });
});

test('roles say what a machine serves, and how that is known', async () => {
  const roles = await workspace.recon.listRoles();
  expect(roles.map(({ network, role, how, why }) => `${network} ${role}, ${how}: ${why}`))
    .toMatchInlineSnapshot(`
    [
      "10.20.0.10/32 domain-controller, learned: our scans found Kerberos (88/tcp), LDAP (389/tcp) and SMB (445/tcp) open on it",
      "10.20.0.11/32 database, learned: it answered 1 machine on 3306/tcp",
      "10.20.0.12/32 server, learned: it answered 4 machines on 443/tcp",
      "10.20.0.13/32 database, learned: our scans found 5432/tcp open on it",
    ]
  `);
});

test('an episode carries the role of its source', async () => {
  const tape = new Tape(new Dice(1, 2));
  for (let n = 0; n < 30; n += 1) tape.tcp(later(1000 + n), DATABASE, ip('10.20.2.9'), 100 + n, 'refused');
  await writeFile(join(directory, 'scan-conn.log'), zeekConnTsv(tape.records));
  await importTelemetry('scan-conn.log');
  await workspace.recon.detect({}, { signal: new AbortController().signal });
  const { episodes } = await workspace.recon.listEpisodes({});
  expect(episodes.map(({ sources, role }) => ({ sources, role: role?.role }))).toEqual([
    { sources: [DATABASE], role: 'database' },
  ]);
});
