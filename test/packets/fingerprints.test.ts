import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { muonFp, p0fSignature } from '../../src/fingerprint/syn.ts';
import { parseIpAddress } from '../../src/net/ip-address.ts';
import type { Flow } from '../../src/recon/model/telemetry-record.ts';
import { thirdPartyData } from '../third-party.ts';
import { readCapture } from './read-capture.ts';

const FIXTURES = new URL('../fixtures/packets/', import.meta.url);
const fixture = (name: string): ReturnType<typeof readCapture> =>
  readCapture(readFileSync(new URL(`${name}.pcap`, FIXTURES)));
const lab = join(thirdPartyData() ?? '', 'lab');

/** How often each value comes up. */
function counts(values: Iterable<string>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const value of values) found[value] = (found[value] ?? 0) + 1;
  return found;
}

describe('SSH clients', () => {
  test('nmap, whose scripts each have a client of their own', () => {
    expect(
      counts(fixture('nmap-script-ssh').events.map(({ agent, hassh }) => `${agent} ${hassh}`.trim())),
    ).toEqual({
      'SSH-2.0-Nmap-SSH2-Hostkey e788c657d1a22971d5026526ffd2e918': 6,
      'SSH-2.0-Nmap_SSH2_Enum_Algos a20aced7c9824fd804f59e68dd801ad3': 1,
      'SSH-2.0-libssh2_1.10.0 b4b8ae3d7241d2c1dc54b4df7e8c19d1': 1,
      'SSH-1.5-Nmap-SSH1-Hostkey': 1,
    });
  });
});

describe('TLS clients', () => {
  test.each([
    ['tls-client-curl-7.88-openssl3.0', 't13d3112h2_e8f1e7e78f70_b26ce05bbdd6'],
    ['tls-client-chromium', 't13d1516h2_8daaf6152771_806a8c22fdea'],
  ])('%s, whose hello may fill two segments', (name, want) => {
    expect(fixture(name).events.map(({ ja4 }) => ja4)).toContain(want);
  });

  // JA3 as tshark 4.0 has it, JA4 by JA4.md of the lists that tshark shows; the first over version 1 of QUIC, the second over 2.
  test('Chromium over QUIC, whose hello fills two packets in shuffled frames', () => {
    expect(
      fixture('tls-client-chromium-quic').events.map(({ service, name, ja3, ja4 }) => [
        service,
        name,
        ja3,
        ja4,
      ]),
    ).toEqual([
      ['quic', 'localhost', '49d605a0c761b4955263ee04205f85bf', 'q13d0312h3_55b375c5d22e_178839b6cec1'],
      ['quic', 'quic.test', 'eb28789b5725e03c2c286b399e5510e3', 'q13d0312h3_55b375c5d22e_178839b6cec1'],
    ]);
  });

  test('the many of one script', () => {
    expect(new Set(fixture('nmap-script-ssl-enum').events.map(({ ja4 }) => ja4)).size).toBeGreaterThan(15);
  });
});

describe('first packets', () => {
  const of = (name: string): Flow[] => fixture(name).flows.filter(({ syn }) => syn !== undefined);
  test.each([
    ['zmap4-syn-443-linux', '65535:2-4-8-1-3:1460:7'],
    ['masscan-horizontal-3389-slow', '1024:::'],
    ['nmap-decoys', '1024:2:1460:'],
    ['hping3-S-incr-ports', '512:::'],
  ])('%s: MuonFP', (name, want) => {
    expect(Object.keys(counts(of(name).map(({ syn }) => (syn === undefined ? '' : muonFp(syn)))))).toEqual([
      want,
    ]);
  });

  test('an end of list is written once', () => {
    expect(of('nmap-O-web').map(({ syn }) => (syn === undefined ? '' : muonFp(syn)))).toEqual(
      expect.arrayContaining(['63:2-3-4-8-0:1400:0', '4:4-8-3-0::10']),
    );
  });
});

interface HelloRow {
  readonly pcap: string;
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  readonly ja3: string;
  readonly ja4: string;
}

describe.skipIf(thirdPartyData() === undefined)('against other programs, over the whole laboratory', () => {
  const rows =
    thirdPartyData() === undefined
      ? []
      : (JSON.parse(readFileSync(join(lab, 'tls/clienthellos.json'), 'utf8')) as readonly HelloRow[]);
  const names = [...new Set(rows.map(({ pcap }) => pcap))];

  test('there are 111 hellos', () => {
    expect(rows).toHaveLength(111);
  });

  test.each(names)('JA3 and JA4 of %s', (pcap) => {
    const { events } = readCapture(readFileSync(join(lab, 'pcaps', pcap)));
    const seen = new Set(
      events.map(
        ({ source, sourcePort, destination, destinationPort, ja3, ja4 }) =>
          `${source} ${sourcePort} ${destination} ${destinationPort} ${ja3} ${ja4}`,
      ),
    );
    const missing = rows
      .filter((row) => row.pcap === pcap)
      .map((row) => `${row.src} ${row.sport} ${row.dst} ${row.dport} ${row.ja3} ${row.ja4}`)
      .filter((row) => !seen.has(row));
    expect(missing).toEqual([]);
  });

  test.each([
    ['gobuster-http', ['GET/1.1 Host,User-Agent,Accept-Encoding']],
// Where it found a link it says so.
    ['benign-crawler-wget', ['GET/1.1 Host,User-Agent,Accept,Accept-Encoding,Connection', 'GET/1.1 Host,Referer,User-Agent,Accept,Accept-Encoding,Connection']],
  ])('requests of %s look alike whatever they ask for', (name, want) => {
    const { events } = readCapture(readFileSync(join(lab, 'pcaps', `${name}.pcap`)));
    expect(events.length).toBeGreaterThan(want.length);
    expect(new Set(events.map(({ shape }) => shape))).toEqual(new Set(want));
  }); // prettier-ignore

  const logs = thirdPartyData() === undefined ? [] : readdirSync(join(lab, 'p0f'));

  // p0f misses `ack+` in half of the packets that have it: it computes a bitwise and of two unlike things.
  test.each(logs)('raw signatures of %s', (log) => {
    const text = readFileSync(join(lab, 'p0f', log), 'utf8');
    const theirs = text
      .split('\n')
      .filter((line) => line.includes('mod=syn|') && line.includes('raw_sig='))
      .map((line) => {
        const field = (name: string): string => new RegExp(`[|]?\\b${name}=([^|]*)`).exec(line)?.[1] ?? '';
        const end = (name: string): string =>
          field(name).replace(/^(.*)[/]/, (_, address: string) => `${parseIpAddress(address) ?? address}/`);
        return `${end('cli')} ${end('srv')} ${field('raw_sig').replace('ack+', '')}`;
      });
    const { flows } = readCapture(readFileSync(join(lab, 'pcaps', log.replace('.p0f.log', '.pcap'))));
    const ours = new Set(
      flows.map(({ syn, source, sourcePort, destination, destinationPort }) => {
        const signature =
          syn === undefined ? '' : p0fSignature(syn, source.includes(':')).replace('ack+', '');
        return `${source}/${sourcePort} ${destination}/${destinationPort} ${signature}`;
      }),
    );
    expect(theirs.length).toBeGreaterThan(0);
    expect([...new Set(theirs)].filter((line) => !ours.has(line))).toEqual([]);
  });
});
