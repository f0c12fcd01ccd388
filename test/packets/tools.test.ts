import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { attributeTool } from '../../src/fingerprint/attribute-tool.ts';
import { toolOfAgent, toolOfClient } from '../../src/fingerprint/client-signatures.ts';
import { compareOpenings, type Opening } from '../../src/fingerprint/opening.ts';
import { OPENING_SIGNATURES } from '../../src/fingerprint/tool-signatures.ts';
import { TOUCH_SIGNATURES } from '../../src/fingerprint/touch-signatures.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { detectEpisodes } from '../../src/recon/flow/detect-episodes.ts';
import { FingerprintTally } from '../../src/recon/flow/fingerprint-sources.ts';
import { openingOfFlow } from '../../src/recon/model/opening-of-flow.ts';
import type { Episode } from '../../src/recon/model/episode.ts';
import { ActivityTable } from '../../src/recon/model/activity-table.ts';
import type { Instant } from '../../src/time/instant.ts';
import { site } from '../recon/made-activity.ts';
import { readCapture } from './read-capture.ts';

const FIXTURES = new URL('../fixtures/packets/', import.meta.url);
const capture = (name: string): ReturnType<typeof readCapture> =>
  readCapture(readFileSync(new URL(`${name}.pcap`, FIXTURES)));

function openings(name: string, from?: string): Opening[] {
  return capture(name)
    .flows.filter(({ source }) => from === undefined || source === from)
    .flatMap((flow) => openingOfFlow(flow) ?? []);
}

const told = (some: readonly Opening[]): string[] =>
  attributeTool(some).map(({ signature, held, of }) => `${signature} ${held}/${of}`);

describe('tools by the first packets of real captures', () => {
  test.each<[string, string[]]>([
    ['masscan-banners', ['masscan/ip-id 48/48', 'masscan/shape 48/48']],
    ['masscan-horizontal-3389-slow', ['masscan/ip-id 128/128', 'masscan/shape 128/128']],
    ['zmap-syn-80', ['zmap/ip-id 544/544']],
    ['zmap4-syn-443-linux', ['zmap/disguise 32/32']],
    ['hping3-S-incr-ports', ['hping3/form 199/199']],
    ['hping3-xmas-incr', ['hping3/form 60/60']],
    ['nmap-6-sS', ['nmap/sequence 100/100', 'nmap/port-order 1/1']],
    ['nmap-f-fragments', ['nmap/syn 50/50', 'nmap/sequence 50/50']],
    ['nmap-evasion-g53-ttl-data', ['nmap/sequence 91/91']],
    ['nmap-O-web', ['nmap/os-detection 30/44']],
    ['nmap-sN-top100', ['nmap/sequence 210/210', 'nmap/stealth 210/210', 'nmap/port-order 2/2']],
  ])('%s', (name, want) => {
    expect(told(openings(name))).toEqual(want);
  }); // prettier-ignore

  test('decoys are seen by who shares their numbers', () => {
    expect(told(openings('nmap-decoys'))).toContain('nmap/decoys 50/50');
    expect(told(openings('nmap-decoys', '10.66.0.11'))).toEqual(['nmap/syn 50/50', 'nmap/sequence 50/50']);
  });

  test.each(['bash-devtcp-scan', 'benign-retry-dropped-port', 'noise-backscatter', 'tls-client-chromium'])(
    '%s looks like no tool: a system opens its connections',
    (name) => {
      expect(told(openings(name))).toEqual([]);
    },
  );

  test('a sign that others could have by chance needs several packets', () => {
    expect(told(openings('masscan-banners').slice(0, 3))).toEqual([]);
    expect(told(openings('zmap-syn-80').slice(0, 2))).toEqual([]);
  });

  test('one ordinary connection among the many does not hide a tool', () => {
    const ordinary = openings('tls-client-chromium');
    expect(told([...ordinary, ...openings('zmap-syn-80')])).toEqual([
      `zmap/ip-id 544/${544 + ordinary.length}`,
    ]);
  });
});

test('ZMap 4 by its own options, from five destinations on', () => {
  const [one] = openings('zmap4-syn-443-linux');
  if (one === undefined) throw new Error('an empty capture');
  const sent = (count: number): Opening[] =>
    Array.from({ length: count }, (_, index) => ({
      ...one,
      options: 'M1460,N,W8,N,N,S',
      destination: `10.0.0.${index}` as IpAddress,
    }));
  expect(told(sent(5))).toEqual(['zmap/options 5/5']);
  expect(told(sent(4))).toEqual([]);
});

test('the sentence says the rule and how often it held', () => {
  expect(attributeTool(openings('zmap-syn-80')).map(({ text }) => text)).toEqual([
    'Its first packets look like ZMap: its constant IP-ID of 54321 (window 65535, no options) held for 544 of 544 SYNs.',
  ]);
});

test('every signature has its own name and says where it is from and how it fails', () => {
  const all = [...OPENING_SIGNATURES, ...TOUCH_SIGNATURES];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  for (const { origin, evasions } of all) expect([origin, evasions]).not.toContain('');
});

test('the order of openings does not depend on how they came', () => {
  const some = openings('nmap-decoys');
  expect(some.toReversed().toSorted(compareOpenings)).toEqual(some.toSorted(compareOpenings));
});

test.each([
  ['Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)', 'Nmap'],
  ['gobuster/3.5', 'gobuster'],
  ['SSH-2.0-OpenSSH-keyscan', 'ssh-keyscan'],
  ['curl/8.14.1', undefined],
])('%s is what %s says', (agent, want) => {
  expect(toolOfAgent(agent)).toBe(want);
});

test('a library names no tool', () => {
  expect(toolOfClient('t12i060100_eca7c5d91837_338aad02a631')).toBe('Nmap');
  expect(toolOfClient('t13d3112h2_e8f1e7e78f70_b26ce05bbdd6')).toBeUndefined();
});

const judged = async (name: string): Promise<readonly Episode[]> => {
  const table = new ActivityTable();
  for (const [index, record] of capture(name).sink.records.entries())
    table.add(record, { sensor: 'lab', file: name, line: index });
  const networks = [parsePrefix('10.77.0.0/16'), parsePrefix('10.78.0.0/16')].flatMap((one) => one ?? []);
  const { episodes } = await detectEpisodes(
    table,
    { from: 0 as Instant, to: 9e15 as Instant },
    { ...site(), networks },
  );
  return episodes;
};

describe('tools of episodes, as data', () => {
  test.each<[string, string[]]>([
    ['fping-sweep', ['fping/payload 1/1']],
    ['masscan-udp', ['masscan/payload 2/2']],
    ['nmap-sU-top50', ['nmap/payload 6/10']],
    ['nmap-sV-silent', ['nmap/payload 6/18', 'nmap/client 4/4']],
    ['nmap-sA-top100', ['nmap/port-order 3/3']],
    ['nmap-sn-sweep', ['nmap/syn 128/128', 'nmap/sequence 128/128', 'nmap/discovery 64/127']],
    ['nmap-script-ssh', ['nmap/client 2/3', 'nmap/agent 3/4']],
    ['arp-scan-inside', []],
    ['bash-devtcp-scan', []],
    ['dns-axfr-enum', []],
  ])('%s', async (name, want) => {
    const [episode] = await judged(name);
    expect(episode?.tools.map(({ signature, held, of }) => `${signature} ${held}/${of}`)).toEqual(want);
    for (const { evasions, unit } of episode?.tools ?? []) expect([evasions, unit]).not.toContain('');
  });

  test('a sign of the same tool is said once among the traits, the surest', async () => {
    const [episode] = await judged('nmap-sn-sweep');
    expect(episode?.traits.filter((text) => text.includes('Nmap'))).toEqual([episode?.tools[0]?.text]);
  });

  test('how it sends is data too: nothing of it names a tool', async () => {
    const [episode] = await judged('nmap-sn-sweep');
    expect(episode?.sending.map(({ aspect, value, held, of }) => `${aspect} ${value} ${held}/${of}`)).toEqual(
      ['stack raw-socket 128/128', 'retries new-port 64/64', 'order shuffled 66/126'],
    );
  });

  test('version detection against one silent port is found, and is enumeration', async () => {
    const [episode] = await judged('nmap-sV-silent');
    expect(episode).toMatchObject({ depth: 'enumerated', shape: 'single' });
    expect(episode?.families[0]).toMatchObject({ family: 'service-enumeration' });
    expect(episode?.families[0]?.text).toContain('26 kinds of probe payload at one port');
  });

  test.each(['nmap-f-fragments', 'nmap-mtu16-fragments'])(
    '%s: fragments are named a family',
    async (name) => {
      const [episode] = await judged(name);
      expect(episode?.families[0]).toEqual({
        family: 'fragmented-or-decoy',
        text: '50 of 50 first packets came in fragments too small for their TCP header',
      });
    },
  );
});

describe('episodes', () => {
  const judge = async (name: string): Promise<readonly (readonly string[])[]> =>
    (await judged(name)).map(({ traits }) => traits);

  test.each([
    ['zmap-syn-80', 'Its first packets look like ZMap: its constant IP-ID of 54321 (window 65535, no options) held for 544 of 544 SYNs.'],
    ['hping3-S-incr-ports', 'Its first packets look like hping3: its form (window 512, no options, an acknowledgement number without ACK) held for 199 of 199 first packets.'],
  ])('%s: the tool comes first among the traits, once', async (name, want) => {
    expect(await judge(name)).toEqual([[want]]);
  }); // prettier-ignore

  test('a campaign of decoys has the numbers that they share among its traits', async () => {
    const [campaign] = await judge('nmap-decoys');
    expect(campaign?.join(' ')).toContain('its decoys (IP-ID, sequence number and source port the same');
    expect(campaign?.join(' ')).toContain('held for 200 of 200 SYNs');
  });

  test('without packets of a tool there is no such sentence', async () => {
    const traits = await judge('bash-devtcp-scan');
    expect(traits).toHaveLength(1);
    expect(traits.flat().join(' ')).not.toContain('first packets');
  });
});

describe('what tells sources apart', () => {
  test('is counted for each of them', () => {
    const tally = new FingerprintTally();
    for (const record of capture('nmap-script-ssh').sink.records) tally.add(record);
    const [source] = tally.sources();
    expect(source).toMatchObject({
      source: '10.66.0.12',
      flows: 11,
      userAgents: [],
      hassh: [
        { value: 'e788c657d1a22971d5026526ffd2e918', count: 6 },
        { value: 'a20aced7c9824fd804f59e68dd801ad3', count: 1 },
        { value: 'b4b8ae3d7241d2c1dc54b4df7e8c19d1', count: 1 },
      ],
      leftOut: 0,
    });
    expect(source?.syn.map(({ muonFp, count }) => [muonFp, count])).toEqual([
      ['64240:2-4-8-1-3:1460:10', 10],
      ['1024:2:1460:', 1],
    ]);
    expect(source?.tools.map(({ signature, held, of }) => `${signature} ${held}/${of}`)).toEqual([
      'nmap/client 7/8',
      'nmap/agent 8/9',
    ]);
  });

  test('and never more of it than is bounded', () => {
    const tally = new FingerprintTally();
    const [record] = capture('nmap-script-ssh').events;
    if (record === undefined) throw new Error('an empty capture');
    for (let index = 0; index < 1_500; index += 1) tally.add({ ...record, agent: `a${index}` });
    const [source] = tally.sources();
    expect([source?.sshClients.length, source?.leftOut]).toEqual([1_000, 500]);
  });
});
