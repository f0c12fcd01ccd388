import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  activity,
  app,
  at,
  episode,
  exposed,
  ip,
  prefix,
  site,
  type WrittenActivity,
} from '../../../test/written/source-activity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { SourceActivity } from '../model/contact.ts';
import type { Episode } from '../model/episode.ts';
import { isOurs, type Site } from '../model/site.ts';
import { campaignsOf, fold, type GroupActivities, type GroupJudge } from './campaign/campaigns.ts';
import { compareEpisodes, inContext } from './correlate.ts';

interface CorrelateInput {
  readonly episodes: readonly Episode[];
  readonly groups: readonly GroupActivities[];
  readonly activities: ReadonlyMap<IpAddress, SourceActivity>;
  readonly site: Site;
  readonly judgeGroup: GroupJudge;
}

/** The stage in its order, as detect-episodes runs it, with everything in memory. */
function correlate({ episodes, groups, activities, site: here, judgeGroup }: CorrelateInput) {
  const known = new Map(activities);
  for (const { activities: members } of groups) for (const one of members) known.set(one.source, one);
  const { campaigns, alone } = fold(campaignsOf(groups, here, judgeGroup), episodes);
  const placed = [...campaigns, ...alone].map((each) =>
    inContext(
      each,
      each.sources.flatMap((source) => known.get(source) ?? []),
      here,
    ),
  );
  return { episodes: placed.toSorted(compareEpisodes) };
}

const ledger: Site['ledger'] = [
  {
    id: 'weekly',
    owner: 'security team',
    ticket: '',
    sources: [prefix('10.0.0.66')],
    targets: [prefix('10.0.1.0/24')],
    ports: undefined,
    windows: [{ from: at(0), to: at(3_600) }],
    ratePerSecond: undefined,
  },
];
const known = site({ ledger, ...exposed(['10.0.1.1', 443, 'new'], ['10.0.2.1', 22]) });

/** What one source did, and the episode that the test of single sources makes of it. */
function seen(source: string, did: Partial<WrittenActivity>): { activity: SourceActivity; episode: Episode } {
  const written = activity(source, { contacts: [], ...did });
  const times = written.contacts.map(({ first }) => first);
  return {
    activity: written,
    episode: episode({
      id: source.replaceAll(/\W/g, '').padStart(16, '0'),
      sources: [written.source],
      internal: isOurs(known, written.source),
      first: Math.min(...times) as never,
      last: Math.max(...times) as never,
      targets: { ...episode().targets, contacts: times.length },
    }),
  };
}
const ports = (to: string, from: number, length: number) =>
  Array.from({ length }, (_, index) => ({
    to,
    port: from + index,
    at: index,
    outcome: 'refused' as const,
  }));

const ALL = {
  authorised: seen('10.0.0.66', { contacts: ports('10.0.1.1', 400, 100) }),
  intruder: seen('10.0.0.77', { contacts: ports('10.0.2.1', 10, 30) }),
  brokeIn: seen('198.51.100.9', {
    contacts: ports('10.0.3.3', 1, 200),
    app: [app('10.0.3.3', 22, 'ssh', { rejected: 50, accepted: 1, first: at(20), last: at(50) })],
  }),
  knocker: seen('198.51.100.77', { contacts: ports('10.0.4.4', 1, 6) }),
  foundTheNewOne: seen('203.0.113.5', { contacts: ports('10.0.1.1', 440, 40) }),
};
const campaign = Array.from({ length: 10 }, (_, index) =>
  seen(`198.18.${index}.1`, {
    contacts: Array.from({ length: 10 }, (_port, place) => ({
      to: '10.0.5.5',
      port: 1 + index + 10 * place,
      at: 60 * place,
      outcome: 'silent' as const,
    })),
  }),
);
const everybody = [...Object.values(ALL), ...campaign];
const input = (): CorrelateInput => ({
  episodes: everybody.map((one) => one.episode),
  activities: new Map(everybody.map((one) => [one.activity.source, one.activity])),
  groups: [
    {
      group: {
        by: 'destination',
        key: '10.0.5.5',
        sources: campaign.map((one) => one.activity.source),
      },
      activities: campaign.map((one) => one.activity),
    },
  ],
  site: known,
  judgeGroup: (activities) => [
    episode({
      id: 'together',
      sources: activities.map(({ source }) => source),
      internal: false,
      first: at(0),
      last: at(540),
      targets: { ...episode().targets, contacts: 100 },
    }),
  ],
});

describe('correlate', () => {
  const { episodes } = correlate(input());
  const of = (...sources: string[]): Episode =>
    episodes.find((one) => one.sources.length === sources.length && one.sources[0] === ip(sources[0]!))!;

  test('the worst first: a break-in, then what touched the new port, then from inside, then the rest', () => {
    expect(
      episodes.map(({ sources, severity, noise }) => [sources[0], severity, noise ? 'noise' : ''].join(' ')),
    ).toEqual([
      '198.51.100.9 critical ',
      '203.0.113.5 high ',
      '10.0.0.77 high ',
      '198.18.0.1 low ',
      '198.51.100.77 info noise',
      '10.0.0.66 info ',
    ]);
  });
  test('an authorised scan is kept as evidence, though it touched the new port', () => {
    expect(of('10.0.0.66')).toMatchObject({
      severity: 'info',
      score: 0,
      authorised: { entry: 'weekly', contacts: 100, remainderContacts: 0 },
    });
  });
  test('a campaign is said once, and none of its sources besides', () => {
    const saying = episodes.filter(({ sources }) => sources.some((one) => one.startsWith('198.18.')));
    expect(saying).toHaveLength(1);
    expect(saying[0]).toMatchObject({ joinedBy: 'disjoint cover', noise: false });
    expect(saying[0]!.sources).toHaveLength(10);
  });
  test('a break-in deepens the episode', () => {
    expect(of('198.51.100.9').depth).toBe('entered');
    expect(of('198.51.100.9').transition.map((one) => one.step)).toEqual([
      'discovery',
      'service-probe',
      'credential-burst',
      'session',
    ]);
  });

  test('the order of everything leaves no trace', () => {
    const want = correlate(input());
    fc.assert(
      fc.property(
        fc.shuffledSubarray(everybody, { minLength: everybody.length }),
        fc.shuffledSubarray(campaign, { minLength: campaign.length }),
        (shuffled, members) => {
          const given = input();
          const again = correlate({
            ...given,
            episodes: shuffled.map((one) => one.episode),
            activities: new Map(
              shuffled.map((one): [IpAddress, SourceActivity] => [one.activity.source, one.activity]),
            ),
            groups: given.groups.map(({ group }) => ({
              group,
              activities: members.map((one) => one.activity),
            })),
          });
          expect(again).toEqual(want);
        },
      ),
      { numRuns: 20 },
    );
  });
  test('nothing in, nothing out', () => {
    expect(correlate({ ...input(), episodes: [], groups: [], activities: new Map() })).toMatchObject({
      episodes: [],
    });
  });
});
