import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TRUTH, WEEKS } from '../../scripts/lab/plan.ts';
import type { Truth } from '../../src/estate/truth.ts';
import type { Host, Port } from '../../src/exposure/model/host.ts';
import type { ScanEvent } from '../../src/exposure/model/scan-event.ts';
import { NmapXmlReader } from '../../src/exposure/parse/nmap-xml.ts';

const LAB = new URL('../../examples/lab/', import.meta.url);
const REAL = new URL('../fixtures/nmap/real/', import.meta.url);

function read(url: URL): ScanEvent[] {
  const reader = new NmapXmlReader();
  return [...reader.push(readFileSync(url)), ...reader.end()];
}

const hostsOf = (events: readonly ScanEvent[]): Map<string, Host> =>
  new Map(events.flatMap((event) => (event.kind === 'host' ? [[event.host.address, event.host]] : [])));

const files = readdirSync(LAB)
  .filter((name) => name.endsWith('.xml'))
  .toSorted();
const weeks = files.map((name) => hostsOf(read(new URL(name, LAB))));

const portOf = (host: Host | undefined, key: string | undefined): Port | undefined =>
  host?.ports.find((port) => `${port.portid}/${port.protocol}` === key);
const isOpen = (host: Host | undefined, key: string | undefined): boolean =>
  portOf(host, key)?.state === 'open';
const openPorts = (host: Host | undefined): string =>
  host?.ports
    .filter((port) => port.state === 'open')
    .map((port) => port.portid)
    .join(',') ?? '';

/** Whether a row of the truth can be seen in the scans of the week before and of its week. */
function shows(row: Truth): boolean {
  const [before, after] = [weeks[row.week - 2]?.get(row.host), weeks[row.week - 1]?.get(row.host)];
  const [was, is] = [portOf(before, row.port)?.service, portOf(after, row.port)?.service];
  switch (row.kind) {
    case 'database-exposed':
    case 'telnet-enabled':
    case 'admin-port':
    case 'backdoor-port':
    case 'slow-drift':
    case 'service-moved':
    case 'firewall-opened':
      return before !== undefined && !isOpen(before, row.port) && isOpen(after, row.port);
    case 'version-downgrade':
    case 'patch-wave':
    case 'service-wobble':
      return was?.version !== undefined && is?.version !== undefined && was.version !== is.version;
    case 'server-swapped':
      return was?.product !== is?.product;
    case 'tls-removed':
      return was?.tunnel === 'ssl' && is !== undefined && is.tunnel === undefined;
    case 'host-appeared':
      return before === undefined && after !== undefined;
    case 'host-disappeared':
    case 'host-down':
      return before !== undefined && after === undefined;
    case 'mac-swap':
    case 'dhcp-churn':
      return (
        before?.mac !== undefined && after?.mac !== undefined && before.mac.address !== after.mac.address
      );
    case 'flapping-port':
      return isOpen(before, row.port) !== isOpen(after, row.port);
    case 'ephemeral-port':
      return openPorts(before) !== openPorts(after);
    case 'port-filtered':
    case 'scan-loss':
      return isOpen(before, row.port) && portOf(after, row.port)?.state === 'filtered';
    case 'ptr-change':
      return before?.hostnames[0]?.name !== after?.hostnames[0]?.name;
    case 'os-wobble':
      return before?.os[0]?.name !== after?.os[0]?.name;
    default:
      return row.kind satisfies never;
  }
}

describe('the weekly scans of the lab', () => {
  test('are ten complete runs without a problem', () => {
    expect(files).toHaveLength(WEEKS);
    for (const name of files) {
      const events = read(new URL(name, LAB));
      expect(events.filter((event) => event.kind === 'problem')).toEqual([]);
      expect(events.at(-1)).toMatchObject({ kind: 'end', footer: { status: 'complete' } });
    }
  });

  test('truth.json is what the plan says', () => {
    const written: unknown = JSON.parse(readFileSync(new URL('truth.json', LAB), 'utf8'));
    expect(written).toMatchObject({ weeks: WEEKS, truth: TRUTH });
  });

  test('every row of the truth can be seen', () => {
    expect(TRUTH.filter((row) => !shows(row))).toEqual([]);
  });

  test('nothing differs from one week to the next that the truth does not name', () => {
    const unnamed: string[] = [];
    for (let week = 2; week <= WEEKS; week += 1) {
      const [before, after] = [weeks[week - 2]!, weeks[week - 1]!];
      for (const address of new Set([...before.keys(), ...after.keys()])) {
        const named = TRUTH.some((row) => row.host === address && row.week === week);
        // A host that comes back from sleep is the end of a row, not a row.
        const woke = TRUTH.some(
          (row) => row.host === address && row.week === week - 1 && row.kind === 'host-down',
        );
        if (!named && !woke && facts(before.get(address)) !== facts(after.get(address))) {
          unnamed.push(`week ${week}: ${address}`);
        }
      }
    }
    expect(unnamed).toEqual([]);
  });
});

/** What a change would show in; fingerprints carry the date and are left out. */
function facts(host: Host | undefined): string {
  if (host === undefined) return 'absent';
  const ports = host.ports.map((port) => [
    port.portid,
    port.state,
    port.service?.name,
    port.service?.product,
    port.service?.version,
    port.service?.tunnel,
  ]);
  return JSON.stringify([host.mac, host.hostnames, ports]);
}

describe('other real output', () => {
  test.each([
    { file: 'connect.xml', hosts: 4, status: 'complete', types: ['connect'] },
    { file: 'udp.xml', hosts: 4, status: 'complete', types: ['udp'] },
    { file: 'ipv6.xml', hosts: 2, status: 'complete', types: ['syn'] },
    { file: 'ping-sweep.xml', hosts: 9, status: 'complete', types: [] },
    { file: 'ping-sweep-verbose.xml', hosts: 32, status: 'complete', types: [] },
    { file: 'three-formats.xml', hosts: 13, status: 'complete', types: ['syn'] },
    { file: 'syn-verbose.xml', hosts: 4, status: 'complete', types: ['syn'] },
    { file: 'scripts-default-safe.xml', hosts: 6, status: 'complete', types: ['syn'] },
    { file: 'os-traceroute.xml', hosts: 3, status: 'complete', types: ['syn'] },
    { file: 'host-timeout.xml', hosts: 3, status: 'complete', types: ['syn'] },
    { file: 'ip-protocols.xml', hosts: 1, status: 'complete', types: ['ipproto'] },
    { file: 'sctp.xml', hosts: 1, status: 'complete', types: ['sctpinit'] },
    { file: 'tcp-and-udp.xml', hosts: 2, status: 'complete', types: ['syn', 'udp'] },
    { file: 'nobody-up.xml', hosts: 0, status: 'complete', types: ['syn'] },
  ])('$file: $status, $hosts hosts', ({ file, hosts, status, types }) => {
    const events = read(new URL(file, REAL));
    const header = events.find((event) => event.kind === 'run')?.header;
    expect(header?.scaninfo.map((info) => info.type)).toEqual(types);
    expect(hostsOf(events).size).toBe(hosts);
    expect(events.at(-1)).toMatchObject({ kind: 'end', footer: { status } });
    expect(events.filter((event) => event.kind === 'problem')).toEqual([]);
  });

  test('interrupted.xml: not complete, and its two whole hosts are kept', () => {
    const events = read(new URL('interrupted.xml', REAL));
    expect([...hostsOf(events).keys()]).toEqual(['10.77.10.10', '10.77.10.11']);
    const end = events.at(-1);
    expect(end?.kind === 'end' ? end.footer.status : undefined).not.toBe('complete');
  });

  test('host-timeout.xml: a host that Nmap gave up on says so', () => {
    const hosts = hostsOf(read(new URL('host-timeout.xml', REAL)));
    expect([...hosts.values()].map((host) => [host.address, host.timedOut])).toEqual([
      ['10.77.10.10', false],
      ['10.77.10.50', true],
      ['10.77.10.99', true],
    ]);
  });
});
