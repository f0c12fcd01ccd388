import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Opening } from '../../src/fingerprint/opening.ts';
import { sendingOfOpenings } from '../../src/recon/detect/sending.ts';
import { openingOfFlow } from '../../src/recon/model/opening-of-flow.ts';
import type { Instant } from '../../src/time/instant.ts';
import { readCapture } from './read-capture.ts';

function openings(name: string): Opening[] {
  const octets = readFileSync(new URL(`../fixtures/packets/${name}.pcap`, import.meta.url));
  return readCapture(octets).flows.flatMap((flow) => openingOfFlow(flow) ?? []);
}

const told = (some: readonly Opening[]): string[] =>
  sendingOfOpenings(some).map(({ aspect, value, held, of }) => `${aspect} ${value} ${held}/${of}`);

describe('how packets of real captures are sent', () => {
  test.each<[string, string[]]>([
    ['nmap-T1-sneaky', ['stack raw-socket 16/16', 'pace nmap-T1 15/15']],
    ['bash-devtcp-scan', ['stack system 120/120']],
    ['benign-retry-dropped-port', ['stack system 12/12']],
    ['hping3-xmas-incr', ['stack raw-socket 60/60']],
    ['masscan-banners', ['stack raw-socket 48/48']],
    ['nmap-sn-sweep', ['stack raw-socket 128/128', 'retries new-port 64/64']],
    ['nmap-script-ssl-enum', ['stack system 60/61']],
    ['zmap-syn-80', ['stack raw-socket 544/544', 'retries none 256/256']],
    ['zmap4-syn-443-linux', ['stack raw-socket 32/32']],
  ])('%s', (name, want) => {
    expect(told(openings(name))).toEqual(want);
  });
});

describe('what followed silence', () => {
  const [syn] = openings('benign-retry-dropped-port');
  if (syn === undefined) throw new Error('an empty capture');
  const silent = (port: number, more: Partial<Opening> = {}): Opening => ({
    ...syn, destinationPort: port, packets: 1, duration: 0, handshake: 'silent', ...more,
  }); // prettier-ignore
  const retries = (some: readonly Opening[]): string | undefined =>
    sendingOfOpenings(some).find(({ aspect }) => aspect === 'retries')?.text;
  const each = (make: (port: number) => readonly Opening[]): readonly Opening[] =>
    Array.from({ length: 6 }, (_, index) => make(index + 1)).flat();

  test("a system's own packet again", () => {
    expect(retries(each((port) => [silent(port, { packets: 4, duration: 3e6 })]))).toBe(
      '6 of 6 silent targets were tried again from the same source port, every 1 s, with 4.0 packets each.',
    );
  });

  test('a new probe from the next port', () => {
    const again = (port: number): Opening =>
      silent(port, { sourcePort: syn.sourcePort + 2, time: (syn.time + 0.1e6) as Instant });
    expect(retries(each((port) => [silent(port), again(port)]))).toBe(
      '6 of 6 silent targets were tried again from another source port, after 0.1 s in the middle, with 2.0 packets each.',
    );
  });

  test.each([
    [0.051, 'nmap-T5'],
    [0.1, undefined],
    [0, undefined],
  ])('%d s later: %s', (wait, want) => {
    const again = (port: number): Opening =>
      silent(port, { sourcePort: syn.sourcePort + 2, time: (syn.time + wait * 1e6) as Instant });
    const some = each((port) => [silent(port), again(port)]);
    expect(sendingOfOpenings(some).find(({ aspect }) => aspect === 'pace')?.value).toBe(want);
  });

  test('targets that answered are none of them', () => {
    expect(retries(each((port) => [silent(port, { handshake: 'refused' })]))).toBeUndefined();
  });

  test('four silent targets are too few to say', () => {
    expect(retries(each((port) => [silent(port)]).slice(0, 4))).toBeUndefined();
  });
});

test('a copied form of SYN is given away by the handshakes that nobody finishes', () => {
  const [syn] = openings('bash-devtcp-scan');
  if (syn === undefined) throw new Error('an empty capture');
  const left = Array.from({ length: 6 }, (_, port): Opening => ({ ...syn, destinationPort: port, handshake: 'left' }));
  expect(told(left)[0]).toBe('stack raw-socket 6/6');
  expect(told(left.map((one) => ({ ...one, handshake: 'completed' as const })))[0]).toBe('stack system 6/6');
}); // prettier-ignore

test('several sources have several clocks: no pace is read from them together', () => {
  const one = openings('nmap-T1-sneaky');
  const two = one.map((opening) => ({ ...opening, source: '10.66.0.99' as Opening['source'] }));
  expect(told([...one, ...two]).some((text) => text.startsWith('pace'))).toBe(false);
});
