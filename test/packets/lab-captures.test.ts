import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { thirdPartyData } from '../third-party.ts';
import { countOutcomes, readCapture } from './read-capture.ts';

const FIXTURES = new URL('../fixtures/packets/', import.meta.url);

describe('outcomes of the laboratory', () => {
  // Of whom and how they scanned, test/fixtures/packets/README.md tells.
  test.each<[string, Record<string, number>]>([
    ['arp-scan-inside', { '2054 silent': 251, '2054 answered': 4 }],
    ['bash-devtcp-scan', { '6 refused': 115, '6 answered': 5 }],
    ['benign-retry-dropped-port', { '6 silent': 12 }],
    [
      'benign-traceroute',
      { '17 unreachable': 9, '17 silent': 30, '1 answered': 3, '6 half-open': 16, '6 refused': 32 },
    ],
    ['dns-axfr-enum', { '6 answered': 1, '17 answered': 60 }],
    ['fping-sweep', { '1 answered': 62 }],
    ['hping3-S-incr-ports', { '6 refused': 194, '6 half-open': 5 }],
    ['hping3-xmas-incr', { '6 unknown': 60 }],
    ['masscan-banners', { '6 answered': 48 }],
    ['masscan-horizontal-3389-slow', { '6 refused': 128 }],
    ['masscan-udp', { '17 unreachable': 10, '17 silent': 61, '17 answered': 1 }],
    ['nmap-6-sS', { '6 refused': 97, '6 half-open': 3 }],
    [
      'nmap-O-web',
      { '6 half-open': 38, '6 unknown': 12, '6 refused': 6, '1 answered': 1, '17 unreachable': 1 },
    ],
    ['nmap-T1-sneaky', { '6 refused': 8, '6 half-open': 8 }],
    ['nmap-decoys', { '6 refused': 164, '6 half-open': 36 }],
    ['nmap-evasion-g53-ttl-data', { '6 refused': 82, '6 half-open': 9 }],
    ['nmap-f-fragments', { '6 refused': 41, '6 half-open': 9 }],
    ['nmap-mtu16-fragments', { '6 refused': 50 }],
    ['nmap-sA-top100', { '6 unknown': 401 }],
    ['nmap-sN-top100', { '6 unknown': 210 }],
    ['nmap-sU-top50', { '17 unreachable': 102, '17 answered': 1, '17 silent': 319 }],
    ['nmap-sV-silent', { '6 half-open': 1, '6 answered': 30 }],
    ['nmap-script-ssh', { '6 half-open': 1, '6 answered': 10 }],
    ['nmap-script-ssl-enum', { '6 half-open': 1, '6 answered': 60 }],
    ['nmap-sn-sweep', { '1 answered': 64, '1 silent': 128, '6 silent': 128, '6 unknown': 128 }],
    ['noise-backscatter', { '6 backscatter': 300 }],
    ['tls-client-chromium', { '6 answered': 2 }],
    ['tls-client-chromium-quic', { '17 silent': 2 }],
    ['tls-client-curl-7.88-openssl3.0', { '6 answered': 2 }],
    ['zmap-syn-80', { '6 silent': 256, '6 refused': 256, '6 half-open': 32 }],
    ['zmap4-syn-443-linux', { '6 half-open': 32 }],
  ])('%s', (name, want) => {
    const { flows, sink } = readCapture(readFileSync(new URL(`${name}.pcap`, FIXTURES)));
    expect(countOutcomes(flows)).toEqual(want);
    expect(sink.problems).toEqual([]);
  });

  test('every fixture is in the table above, read whole', () => {
    const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.pcap'));
    expect(names).toHaveLength(31);
  });
});

/*
 * The tables of the truth files were made by an emulator of Zeek's rules, as they say themselves. Where it does not do
 * what Zeek's source does, the difference is expected here, with the reason.
 */
const NO_T = 'the emulator writes no t for payload that was sent twice';
const REUSE =
  'the emulator goes on with a connection where Zeek begins a new one: a SYN with another sequence number';
const FRAGMENTS = 'the emulator does not put fragments together';
const ATTEMPT = 'the emulator keeps an attempt for longer than tcp_attempt_delay (5 s)';
const TWELVE = 'the table was cut after twelve rows';
const DIFFERENCES: Readonly<Record<string, { readonly why: string; readonly rows: readonly string[] }>> = {
  'benign-office-mix.pcap': { why: NO_T, rows: ['SF ShADadFf -7', 'SF ShADadtFf +7'] },
  'mixed-slow-scan-in-benign.pcap': { why: NO_T, rows: ['SF ShADadFf -9', 'SF ShADadTFf +1', 'SF ShADadtFf +8'] },
  'nmap-script-http.pcap': { why: NO_T, rows: ['SF ShADadfF -5', 'SF ShADadftF +5'] },
  'tls-client-curl-7.88-openssl3.0.pcap': { why: NO_T, rows: ['SF ShADadFf -1', 'SF ShADadtFf +1'] },
  'benign-retry-dropped-port.pcap': { why: ATTEMPT, rows: ['S0 S +6'] },
  'nmap-f-fragments.pcap': { why: FRAGMENTS, rows: ['REJ Sr +41', 'RSTO ShR +9'] },
  'nmap-mtu16-fragments.pcap': { why: FRAGMENTS, rows: ['REJ Sr +50'] },
  'nmap-evasion-g53-ttl-data.pcap': { why: REUSE, rows: ['REJ Sr +82', 'REJ SrS -41'] },
  'nmap-O-web.pcap': {
    why: `${REUSE}; and it keeps what was closed for longer than tcp_close_delay (5 s)`,
    rows: [
      'REJ Sr +5', 'REJ SrSSSS -1', 'RSTO ShR +35', 'RSTO ShRShRShRShRShR -7', 'RSTR FrF +1', 'RSTR FrFF +1', 'RSTR FrFFFF -1',
      'RSTRH Arr +2', 'RSTRH Arrr +2', 'RSTRH Arrrrr -2', 'SH Q +4',
    ],
  },
  'nmap-A-web.pcap': {
    why: `${REUSE}; ${TWELVE}`,
    rows: [
      'OTH  +1', 'REJ Sr +5', 'RSTO ShADadR +2', 'RSTO ShAdDaFR +2', 'RSTO ShAdDaR +2', 'RSTO ShR +35', 'RSTO ShRShRShRShRShR -7',
      'RSTR FrF +1', 'RSTR FrFF +1', 'RSTRH Arr +2', 'RSTRH Arrr +2', 'SH Q +5',
    ],
  },
  'nmap-sC-web.pcap': { why: TWELVE, rows: ['RSTO ShADadR +2', 'RSTO ShAdDaR +1', 'RSTR ShAdDafr +1'] },
}; // prettier-ignore

interface Truth {
  readonly pcap: string;
  readonly packets: number;
  readonly zeek_like_conn_states: Readonly<
    Record<
      string,
      readonly { readonly conn_state: string; readonly history: string; readonly count: number }[]
    >
  >;
}

const lab = join(thirdPartyData() ?? '', 'lab');

describe.skipIf(thirdPartyData() === undefined)(
  'conn_state and history against the truth of the laboratory',
  () => {
    const truths = (thirdPartyData() === undefined ? [] : readdirSync(join(lab, 'truth'))).toSorted();

    test('there are 64 captures', () => {
      expect(truths).toHaveLength(64);
    });

    test.each(truths)('%s', (file) => {
      const truth = JSON.parse(readFileSync(join(lab, 'truth', file), 'utf8')) as Truth;
      const { flows, reader } = readCapture(readFileSync(join(lab, 'pcaps', truth.pcap)));
      expect(reader.packets).toBe(truth.packets);
      // Rows of sources, not of their targets that went on talking after a connection was closed.
      const difference = new Map<string, number>();
      const add = (key: string, count: number): void => {
        difference.set(key, (difference.get(key) ?? 0) + count);
      };
      for (const { protocol, state, history } of flows) if (protocol === 6) add(`${state} ${history}`, 1);
      for (const rows of Object.values(truth.zeek_like_conn_states))
        for (const row of rows) add(`${row.conn_state} ${row.history}`, -row.count);
      const got = [...difference].filter(([, count]) => count !== 0);
      const text = got.map(([key, count]) => `${key} ${count > 0 ? '+' : ''}${count}`);
      expect(text.toSorted()).toEqual((DIFFERENCES[truth.pcap]?.rows ?? []).toSorted());
    });
  },
);
