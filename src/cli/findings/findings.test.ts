import { describe, expect, test } from 'vitest';
import { fastVertical, transition } from '../../../test/fixtures/episodes.ts';
import { at } from '../../../test/fixtures/summaries.ts';
import { harmOnTerminal, HOSTILE_STRINGS } from '../../../test/hostile-strings.ts';
import { recordedCall } from '../../../test/written/recon-workspace.ts';
import type { ListedFinding, StoredFindings, Verdict } from '../../assembly/stored-findings.ts';
import type { CurrentFinding, FindingFilter } from '../../findings/current.ts';
import type { Finding, FindingId } from '../../findings/finding.ts';
import { hostsOfFinding, type Judgement } from '../../findings/judgement.ts';
import { lifecycleOf } from '../../findings/lifecycle.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { toFinding } from '../../recon/flow/summarise-episodes.ts';
import { standingOf } from '../../recon/model/standing.ts';
import { history } from './history.ts';
import { judge, type JudgeOptions } from './judge.ts';
import { list, type ListOptions } from './list.ts';

const seen = at('2026-11-20T04:02:00Z');
const now = at('2026-11-22T00:00:00Z');

const telnet: Finding = {
  id: 'c961a95814b63327' as FindingId,
  half: 'exposure',
  rule: 'legacy.telnet',
  title: 'Telnet answers',
  severity: 'high',
  score: 30,
  confidence: { value: 1, lowered: [] },
  subject: { host: '10.77.10.70' as IpAddress, port: '23/tcp' },
  observations: [],
  impact: 'Passwords can be read.',
  actions: [],
  references: [],
  firstSeen: seen,
  lastSeen: seen,
};

function said(finding: Finding, more: Partial<Judgement> = {}): Judgement {
  const { id, half, rule, severity } = finding;
  return {
    id: '7c0f',
    at: at('2026-11-21T00:00:00Z'),
    by: 'ana',
    note: 'CHG-7',
    half,
    finding: id,
    rule,
    severity,
    state: 'expected',
    scope: { kind: 'host', value: '10.77.10.70' },
    until: at('2026-12-01T00:00:00Z'),
    effects: ['baseline version 2 expects it; undo: tidemark baseline rollback 1'],
    ...more,
  };
}

function listed(
  finding: Finding,
  judgements: readonly Judgement[] = [],
  more: Partial<ListedFinding> = {},
): ListedFinding {
  const happenings = judgements.map((judgement) => ({
    kind: 'judged' as const,
    at: judgement.at,
    own: true,
    judgement,
  }));
  const { severity } = finding;
  return {
    finding,
    lifecycle: lifecycleOf(
      [{ kind: 'seen', at: seen, severity, where: 'scan a1e580b533' }, ...happenings],
      now,
    )!,
    place: { hosts: hostsOfFinding(finding), port: finding.subject.port, role: undefined },
    judgements,
    run: '73346cb9afbdd721',
    episode: undefined,
    ...more,
  };
}

const scanned = listed(toFinding(fastVertical()), [], { run: undefined, episode: fastVertical() });

/** Findings that are there, and what they were asked and told. */
function holding(findings: readonly ListedFinding[]) {
  const asked: FindingFilter[] = [];
  const told: { readonly ids: readonly string[]; readonly verdict: Verdict; readonly note: string }[] = [];
  const answers: Pick<StoredFindings, 'page' | 'matching' | 'episodesOf' | 'find' | 'judge'> = {
    page: async (ask) => {
      const { filter = {}, cursor, limit = 50 } = ask ?? {};
      if (cursor === undefined) asked.push(filter);
      const from = Number(cursor ?? 0);
      const items = findings
        .slice(from, from + limit)
        .map(({ finding, lifecycle, run, episode, place }): CurrentFinding => ({
          finding,
          lifecycle,
          standing: episode === undefined ? 'review' : standingOf(episode),
          run,
          role: place.role,
          network: undefined,
        }));
      const next = from + limit < findings.length ? String(from + limit) : undefined;
      return {
        items,
        next,
        total: findings.length,
        facets: { state: {}, severity: {}, half: {}, rule: {} },
      };
    },
    matching: async (filter) => {
      asked.push(filter);
      return findings.map(({ finding }) => finding.id);
    },
    episodesOf: async (ids) =>
      new Map(
        findings.flatMap(({ episode }) =>
          episode !== undefined && ids.includes(episode.id) ? [[episode.id, episode]] : [],
        ),
      ),
    find: async (ids) => findings.filter(({ finding }) => ids.some((id) => finding.id.startsWith(id))),
    judge: async (meant, verdict, { note }) => {
      told.push({ ids: meant.map(({ finding }) => finding.id), verdict, note });
      return meant.map(({ finding }) => {
        const judgement = said(finding, { state: verdict.state });
        return {
          finding,
          judgement,
          lifecycle: listed(finding, [judgement]).lifecycle,
          offers: ['an offer'],
        };
      });
    },
  };
  return { ...answers, asked, told };
}

describe('list', () => {
  test('open findings of both halves are asked for, and each says of which host it is', async () => {
    const call = recordedCall();
    const findings = holding([listed(telnet), scanned]);
    expect(await list(call, findings, { limit: 20 })).toBe(0);
    expect(findings.asked).toMatchObject([{ states: ['open'], half: undefined }]);
    expect(call.out()).toMatch(/c961a95814 +high +open +2026-11-20 04:02 +Telnet answers – 10\.77\.10\.70\n/);
    expect(call.out()).toContain('198.51.100.23 scanned');
  });

  test.each<{ why: string; options: Partial<ListOptions>; want: FindingFilter }>([
    {
      why: 'all: every state, and what nobody has to review',
      options: { all: true },
      want: { states: undefined, unreviewed: true },
    },
    {
      why: 'all of one state',
      options: { all: true, state: ['noise'] },
      want: { states: ['noise'], unreviewed: true },
    },
    { why: 'all halves', options: { half: 'all' }, want: { half: undefined } },
    { why: 'one half', options: { half: 'recon' }, want: { half: 'recon' } },
    {
      why: 'a source scans',
      options: { source: '10.0.0.1' as IpAddress },
      want: { half: 'recon', host: '10.0.0.1' as IpAddress },
    },
    { why: 'at least', options: { severity: 'high' }, want: { severity: 'high' } },
  ])('$why', async ({ options, want }) => {
    const findings = holding([]);
    await list(recordedCall(), findings, { limit: 20, ...options });
    expect(findings.asked).toMatchObject([want]);
  });

  test('what the limit leaves out is counted; none says how to get some', async () => {
    const call = recordedCall();
    await list(call, holding([listed(telnet), scanned]), { limit: 1 });
    expect(call.err()).toContain('1 of 2; more with --limit');
    const empty = recordedCall();
    await list(empty, holding([]), { limit: 1 });
    expect(empty.err()).toContain('tidemark detect FILE…');
  });

  test('for programs', async () => {
    const call = recordedCall({ json: true });
    const judged = listed(telnet, [said(telnet)]);
    await list(call, holding([judged, scanned]), { limit: 20 });
    expect(JSON.parse(call.out())).toMatchObject({
      schema: 'tidemark/findings/1',
      total: 2,
      findings: [
        {
          state: 'expected',
          since: '2026-11-21T00:00:00Z',
          until: '2026-12-01T00:00:00Z',
          reopened: { count: 0, reason: null },
          standing: null,
          scan: '73346cb9afbdd721',
          finding: { id: telnet.id, half: 'exposure' },
          episode: null,
        },
        { state: 'open', standing: 'review', scan: null, episode: { id: fastVertical().id } },
      ],
    });
  });
});

describe('judge', () => {
  const options: JudgeOptions = { as: 'expected', why: 'CHG-7', scope: { kind: 'host' } };

  test('tells what was said, what was done and how to undo it', async () => {
    const call = recordedCall();
    const findings = holding([listed(telnet), scanned]);
    expect(await judge(call, findings, ['c961'], options)).toBe(0);
    expect(findings.told).toEqual([
      { ids: [telnet.id], verdict: { state: 'expected', scope: { kind: 'host' } }, note: 'CHG-7' },
    ]);
    expect(call.out()).toBe(
      `c961a95814  expected for legacy.telnet of host 10.77.10.70 until 2026-12-01 00:00 UTC: Telnet answers
            baseline version 2 expects it; undo: tidemark baseline rollback 1
            an offer
`,
    );
  });

  test('without a scope it is said of the finding alone', async () => {
    const findings = holding([listed(telnet)]);
    await judge(recordedCall(), findings, ['c961'], { as: 'resolved', why: 'patched' });
    expect(findings.told).toMatchObject([{ verdict: { state: 'resolved', scope: { kind: 'finding' } } }]);
  });

  test('many at once, by what they have in common', async () => {
    const call = recordedCall({ json: true });
    const findings = holding([listed(telnet), scanned]);
    await judge(call, findings, [], { ...options, allMatching: true, severity: 'medium', yes: true });
    expect(findings.asked).toMatchObject([{ states: ['open'], severity: 'medium' }]);
    expect(findings.told[0]?.ids).toEqual([telnet.id, fastVertical().id]);
    expect(JSON.parse(call.out())).toMatchObject({
      schema: 'tidemark/judgements/1',
      judged: [
        {
          state: 'expected',
          title: 'Telnet answers',
          judgement: { by: 'ana', note: 'CHG-7' },
          offers: ['an offer'],
        },
        { judgement: { half: 'recon' } },
      ],
    });
  });

  test('many at once are only counted until somebody says yes', async () => {
    const matching = { ...options, allMatching: true, severity: 'medium' } as const;
    const call = recordedCall();
    const findings = holding([listed(telnet), scanned]);
    expect(await judge(call, findings, [], matching)).toBe(1);
    expect(findings.told).toEqual([]);
    expect(call.out()).toContain('c961a95814  high, open: Telnet answers\n');
    expect(call.err()).toContain('2 findings would be expected; nothing was done: say --yes to do it');
    const json = recordedCall({ json: true });
    expect(await judge(json, findings, [], matching)).toBe(1);
    expect(JSON.parse(json.out())).toMatchObject({
      total: 2,
      as: 'expected',
      first: [{ id: telnet.id }, {}],
    });
    expect(findings.told).toEqual([]);
    expect(await judge(recordedCall(), holding([]), [], matching)).toBe(0);
  });

  test.each<{ why: string; ids: readonly string[]; more: Partial<JudgeOptions> }>([
    { why: 'nothing named', ids: [], more: {} },
    { why: 'named, and all', ids: ['c961'], more: { allMatching: true, half: 'recon' } },
    { why: 'named, and selected', ids: ['c961'], more: { half: 'recon' } },
    { why: 'all, and nothing selected', ids: [], more: { allMatching: true } },
  ])('$why is refused', async ({ ids, more }) => {
    const findings = holding([listed(telnet)]);
    await expect(judge(recordedCall(), findings, ids, { ...options, ...more })).rejects.toMatchObject({
      code: 'cli/usage',
    });
    expect(findings.told).toEqual([]);
  });
});

describe('history', () => {
  const findings = holding([listed(telnet, [said(telnet)])]);

  test('every change of state, who made it, and what was done because of it', async () => {
    const call = recordedCall();
    await history(call, findings, 'c961');
    expect(call.out()).toBe(`c961a95814b63327  Telnet answers
expected until 2026-12-01 00:00 UTC, reported by the last look that could tell

2026-11-20 04:02 UTC  open          first seen in scan a1e580b533
2026-11-21 00:00 UTC  expected      expected for host 10.77.10.70, said by ana: CHG-7

What was done because of it:
  baseline version 2 expects it; undo: tidemark baseline rollback 1
`);
  });

  test('for programs', async () => {
    const call = recordedCall({ json: true });
    await history(call, findings, 'c961');
    expect(JSON.parse(call.out())).toMatchObject({
      schema: 'tidemark/finding-history/1',
      id: telnet.id,
      state: 'expected',
      steps: [
        { from: null, to: 'open', by: null, reopened: false },
        { from: 'open', to: 'expected', by: 'ana' },
      ],
      judgements: [{ by: 'ana', until: '2026-12-01T00:00:00Z', scope: { kind: 'host' } }],
    });
  });
});

test.each(HOSTILE_STRINGS)('$name in a title, a name, a note does no harm', async ({ text }) => {
  const title = { ...toFinding(transition()), title: text };
  const hostile = listed(title, [said(title, { note: text, by: text, effects: [text] })]);
  for (const json of [false, true]) {
    const call = recordedCall({ json });
    await list(call, holding([hostile]), { limit: 20 });
    await history(call, holding([hostile]), title.id);
    await judge(call, holding([hostile]), [title.id], { as: 'noise', why: text });
    expect(harmOnTerminal(call.out())).toStrictEqual([]);
  }
});
