import { expect, test } from 'vitest';
import { activity, ip, site } from '../../../test/written/source-activity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { ActivityReader, SourceGroup } from '../model/activity-reader.ts';
import type { SourceActivity } from '../model/contact.ts';
import { detectEpisodes } from './detect-episodes.ts';

const ALWAYS = { from: 0 as Instant, to: 4e15 as Instant };

/** A history of groups alone, that says which of their members were read. */
function history(groups: readonly SourceGroup[], did: readonly SourceActivity[]) {
  const asked: IpAddress[][] = [];
  const reader: ActivityReader = {
    async *candidates() {},
    async *groups() {
      yield* groups;
    },
    async *activities(sources) {
      asked.push([...sources]);
      for (const source of sources) yield* did.filter((one) => one.source === source);
    },
    openings: async () => [],
    answeringPorts: async () => new Map(),
    newest: async () => undefined,
  };
  return { reader, asked };
}

/** One of the sources of a network that sweep ports of hosts, each its own. */
function sweep(source: string, part: number, contacts: number): SourceActivity {
  return activity(source, {
    contacts: Array.from({ length: contacts }, (_, index) => ({
      to: `10.${part}.${index >> 8}.${index & 255}`,
      port: 445,
      at: index + part / 10,
      outcome: 'refused' as const,
    })),
  });
}

const outside = ['198.51.100.1', '198.51.100.2', '198.51.100.3'];

test('what our own machines did is not read because they stand in one network', async () => {
  const ours = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map(ip);
  const { reader, asked } = history([{ by: 'prefix', key: '10.0.0.0/24', sources: ours }], []);
  expect((await detectEpisodes(reader, ALWAYS, site())).episodes).toEqual([]);
  expect(asked).toEqual([]);
});

test('of a group with very many contacts the first of each member are looked at, and all are counted', async () => {
  const each = 35_000;
  const did = outside.map((source, part) => sweep(source, part, each));
  const { reader } = history([{ by: 'prefix', key: '198.51.100.0/24', sources: outside.map(ip) }], did);
  const { episodes } = await detectEpisodes(reader, ALWAYS, site());
  expect(episodes.map(({ sources, targets }) => ({ sources, ...targets }))).toMatchObject([
    { sources: outside, hosts: 3 * 33_333, contacts: 3 * each },
  ]);
});

test('a member that was cut for a large group is whole for a small one', async () => {
  const large = Array.from({ length: 400 }, (_, index) => `203.0.113.${index % 256}`).map((text, index) =>
    index < 256 ? text : text.replace('203.0.113', '192.0.2'),
  );
  const did = [
    ...outside.map((source, part) => sweep(source, part, 300)),
    ...large.map((source) => sweep(source, 9, 1)),
  ];
  const groups: SourceGroup[] = [
    { by: 'destination', key: '10.9.0.0', sources: [...outside, ...large].map(ip) },
    { by: 'prefix', key: '198.51.100.0/24', sources: outside.map(ip) },
  ];
  const { reader } = history(groups, did);
  const [first] = (await detectEpisodes(reader, ALWAYS, site())).episodes;
  expect(first).toMatchObject({ sources: outside, joinedBy: '/24', targets: { contacts: 900, hosts: 900 } });
});

test('sources with so many contacts that groups are judged one after the other are one campaign, and read once', async () => {
  const did = outside.map((source, part) => sweep(source, part, 35_000));
  const groups = ['a', 'b', 'c', 'd', 'e'].map((key): SourceGroup => ({
    by: 'prefix',
    key: `198.51.100.0/24 ${key}`,
    sources: outside.map(ip),
  }));
  const { reader, asked } = history(groups, did);
  const { episodes } = await detectEpisodes(reader, ALWAYS, site());
  expect(episodes.map(({ sources }) => sources)).toEqual([outside]);
  expect(asked).toEqual([outside]);
}, 60_000);
