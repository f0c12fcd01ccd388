import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { Facets, FindingRow, FindingsQuery } from '../../../api/findings.ts';
import { counted } from '../../../text/phrase.ts';
import { findingsQuery } from '../../data/findings.ts';
import { useWaiting } from '../../data/live.ts';
import { readFromTop } from '../../data/read-from-top.ts';
import { useSession } from '../../data/session.ts';
import {
  SEVERITIES,
  SeverityBadge,
  SeverityBars,
  StateBadge,
  STATE_MEANS,
  Tag,
  type FindingState,
  type Severity,
} from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import type { Column } from '../../parts/table-row.tsx';
import { SelectField } from '../../parts/field.tsx';
import { Chips, FilterBar, GivenFilter } from '../../parts/filter-bar.tsx';
import { useFilters, type Filters } from '../../parts/filters.ts';
import { Inert, inertString } from '../../parts/inert.tsx';
import { JudgeDialog, useVerdict, VerdictButtons, VERDICTS } from '../../parts/judging.tsx';
import { NewPill } from '../../parts/new-pill.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { SearchField } from '../../parts/search-field.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { subjectWords } from '../../parts/subject.tsx';
import { TickBar } from '../../parts/tick-bar.tsx';
import { When } from '../../parts/when.tsx';
import { Page } from '../../shell/page.tsx';
import './findings.css';

/** Filters that are a text each; those without a field of their own are shown as they are, to be taken away. */
const PLAIN = [
  'text',
  'host',
  'network',
  'port',
  'role',
  'scan',
  'from',
  'to',
  'present',
  'reopened',
  'least',
] as const;
const KEYS = [...PLAIN, 'state', 'severity', 'half', 'rule', 'unreviewed'] as const;
type Key = (typeof KEYS)[number] | 'sort';
const STATES = Object.keys(STATE_MEANS) as FindingState[];
/** What needs a look: the list as it opens. */
const INBOX: readonly FindingState[] = ['open'];
const SORTS = [
  { value: 'rank', words: 'what to look at first' },
  { value: 'changed', words: 'changed last' },
  { value: 'last-seen', words: 'last seen' },
  { value: 'first-seen', words: 'first seen' },
  { value: 'host', words: 'host' },
  { value: 'rule', words: 'rule' },
] as const;

function statesOf(filters: Filters<Key>): readonly FindingState[] {
  const given = filters.all('state');
  if (given.includes('any')) return [];
  return given.length === 0 ? INBOX : STATES.filter((state) => given.includes(state));
}

function queryOf(filters: Filters<Key>): FindingsQuery {
  const states = statesOf(filters);
  const severities = SEVERITIES.filter((severity) => filters.all('severity').includes(severity));
  const half = filters.one('half');
  const rules = filters.all('rule');
  const plain = PLAIN.flatMap((key) => {
    const value = filters.one(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...(states.length === 0 ? {} : { state: [...states] }),
    ...(severities.length === 0 ? {} : { severity: severities }),
    ...(half === 'exposure' || half === 'recon' ? { half } : {}),
    ...(rules.length === 0 ? {} : { rule: [...rules] }),
    ...(filters.one('unreviewed') === 'true' ? { unreviewed: 'true' as const } : {}),
    sort: SORTS.find(({ value }) => value === filters.one('sort'))?.value ?? 'rank',
    ...Object.fromEntries(plain),
  };
}

const COLUMNS: readonly Column<FindingRow>[] = [
  {
    key: 'severity',
    head: 'Severity',
    width: '5.6rem',
    cell: ({ severity }) => <SeverityBadge severity={severity} />,
  },
  {
    key: 'title',
    head: 'Finding',
    width: 'minmax(14rem, 4fr)',
    phone: 'main',
    cell: ({ title }) => (
      <span className="row-name">
        <Inert text={title} most={140} />
      </span>
    ),
  },
  {
    key: 'subject',
    head: 'Where',
    width: 'minmax(11.5rem, 1fr)',
    cell: (row) => <code className="finding-where">{subjectWords(row)}</code>,
  },
  {
    key: 'state',
    head: 'Stands',
    width: '7.5rem',
    cell: ({ state, reopened, present }) => (
      <span className="cluster finding-state">
        <StateBadge state={state} />
        {reopened > 0 && <Tag>back ×{reopened}</Tag>}
        {!present && state !== 'resolved' && <Tag>gone</Tag>}
      </span>
    ),
  },
  {
    key: 'sure',
    head: 'Sure',
    width: '3rem',
    end: true,
    phone: 'wide',
    cell: ({ confidence }) => `${Math.round(confidence * 100)} %`,
  },
  {
    key: 'first',
    head: 'First seen',
    width: '5.8rem',
    phone: 'wide',
    cell: ({ firstSeen }) => <When at={firstSeen} />,
  },
  { key: 'last', head: 'Last seen', width: '5.8rem', cell: ({ lastSeen }) => <When at={lastSeen} /> },
];

function Filtering({
  filters,
  facets,
}: {
  readonly filters: Filters<Key>;
  readonly facets: Facets | undefined;
}) {
  // On a phone the list comes before the ways to narrow it.
  const [unfolded, setUnfolded] = useState(false);
  const countsOf = (name: keyof Facets): ReadonlyMap<string, number> | undefined =>
    facets && new Map(facets[name].map((bucket) => [bucket.value, bucket.count]));
  const halves = countsOf('half');
  const halfWords = (words: string, half: string): string =>
    halves === undefined ? words : `${words} (${(halves.get(half) ?? 0).toLocaleString('en')})`;
  const rules = facets?.rule ?? [];
  const rule = filters.one('rule') ?? '';
  return (
    <FilterBar>
      <div className="filter-row">
        <Chips
          label="Where it stands"
          options={STATES}
          chosen={statesOf(filters)}
          counts={countsOf('state')}
          show={(state) => <StateBadge state={state} />}
          onChange={(states) => filters.set({ state: states.length === 0 ? 'any' : states })}
        />
        <Chips
          label="Severity"
          options={SEVERITIES}
          chosen={SEVERITIES.filter((severity) => filters.all('severity').includes(severity))}
          counts={countsOf('severity')}
          show={(severity: Severity) => (
            <>
              <SeverityBars severity={severity} /> {severity}
            </>
          )}
          onChange={(severity) => filters.set({ severity })}
        />
      </div>
      <div className="cluster filter-selects">
        <SearchField
          label="Find in title, rule or host"
          value={filters.one('text') ?? ''}
          onChange={(text) => filters.set({ text })}
        />
        <Button
          className="only-phone"
          aria-expanded={unfolded}
          aria-controls="more-filters"
          onClick={() => setUnfolded(!unfolded)}
        >
          {unfolded ? 'Fewer filters' : 'More filters'}
        </Button>
        <div id="more-filters" className={`cluster more-filters ${unfolded ? '' : 'folded'}`}>
          <SelectField
            inline
            label="From"
            value={filters.one('half') ?? ''}
            onChange={(half) => filters.set({ half })}
            options={[
              { value: '', words: 'scans and telemetry' },
              { value: 'exposure', words: halfWords('our scans', 'exposure') },
              { value: 'recon', words: halfWords('telemetry', 'recon') },
            ]}
          />
          <SelectField
            inline
            label="Rule"
            value={rule}
            onChange={(value) => filters.set({ rule: value })}
            options={[
              { value: '', words: 'every rule' },
              ...(rule === '' || rules.some(({ value }) => value === rule)
                ? []
                : [{ value: rule, words: rule }]),
              ...rules.map(({ value, count: of }) => ({ value, words: `${value} (${of})` })),
            ]}
          />
          <SelectField
            inline
            label="Order"
            value={(filters.one('sort') ?? 'rank') as (typeof SORTS)[number]['value']}
            onChange={(sort) => filters.set({ sort: sort === 'rank' ? undefined : sort })}
            options={SORTS}
          />
          <label className="cluster small">
            <input
              type="checkbox"
              checked={filters.one('unreviewed') === 'true'}
              onChange={(event) => filters.set({ unreviewed: event.target.checked ? 'true' : undefined })}
            />
            own scans and background too
          </label>
        </div>
        {PLAIN.filter((key) => key !== 'text').map((key) => (
          <GivenFilter
            key={key}
            name={key === 'least' ? 'at least' : key}
            value={filters.one(key)}
            onRemove={() => filters.set({ [key]: undefined })}
          />
        ))}
        {filters.any(KEYS) && (
          <Button
            kind="quiet"
            onClick={() => filters.set(Object.fromEntries(KEYS.map((key) => [key, undefined])))}
          >
            Back to what needs a look
          </Button>
        )}
      </div>
    </FilterBar>
  );
}

/** What a person should look at, in the order to look at it; worked through with the keyboard. */
export default function Findings() {
  const filters = useFilters<Key>();
  const client = useQueryClient();
  const { may } = useSession();
  const search = JSON.stringify(queryOf(filters));
  const asked = useDeferredValue(search);
  const query = useMemo(() => JSON.parse(asked) as FindingsQuery, [asked]);
  const list = useInfiniteQuery({ ...findingsQuery(query), placeholderData: (before) => before });
  const { rows, total, more } = rowsOf(list);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [judging, setJudging] = useState<{
    readonly state: FindingState;
    readonly findings: readonly FindingRow[];
  }>();
  const { ids, clear } = useWaiting('finding');
  const { say } = useVerdict();
  // What is ticked but no longer in the list is not judged by accident.
  useEffect(() => setTicked(new Set()), [asked]);
  // Whoever comes here sees the newest; only what changes from now on waits.
  useEffect(() => {
    clear();
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const chosen = rows.filter(({ id }) => ticked.has(id));
  const judge = (state: FindingState, row?: FindingRow): void => {
    const about = chosen.length > 0 ? chosen : row === undefined ? [] : [row];
    const [one] = about;
    if (one === undefined || !may('analyst')) return;
    if (about.length === 1 && (state === 'acknowledged' || state === 'open')) {
      say(
        {
          ids: [one.id],
          state,
          note: state === 'open' ? 'Reopened in the dashboard' : 'Taken up in the dashboard',
        },
        () => setTicked(new Set()),
      );
      return;
    }
    setJudging({ state, findings: about });
  };
  const keyOf = useMemo(
    () =>
      ({ id }: FindingRow) =>
        id,
    [],
  );
  return (
    <Page
      title="Findings"
      lede={
        <>
          What a person should look at, the most pressing first.{' '}
          <span className="not-phone">Press ? for the keys.</span>
        </>
      }
      actions={
        total !== undefined && (
          <p className="quiet num" role="status">
            {counted(total, 'finding')}
          </p>
        )
      }
    >
      <Filtering filters={filters} facets={list.data?.pages[0]?.facets} />
      <NewPill
        amount={ids.size}
        what="new or changed"
        onShow={() => {
          clear();
          window.scrollTo(0, 0);
          void readFromTop(client, ['findings']);
        }}
      />
      {list.isPending ? (
        <Loading what="findings" rows={10} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        filters.any(KEYS) ? (
          <Empty title="Nothing matches these filters.">
            Take one away, or look at <a href="/findings?state=any">every finding in every state</a>.
          </Empty>
        ) : (
          <Empty title="Nothing needs a look.">
            New findings appear here by themselves as scans and telemetry come in.{' '}
            <a href="/findings?state=any">Every finding in every state</a>
          </Empty>
        )
      ) : (
        <DataTable
          label="Findings"
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          hrefOf={({ id }) => `/findings/${id}`}
          nameOf={({ title }) => inertString(title, 80)}
          total={total}
          more={more}
          {...(may('analyst') ? { selection: { keys: ticked, change: setTicked } } : {})}
          toneOf={({ severity }) => severity}
          mutedOf={({ state }) => state === 'resolved' || state === 'noise' || state === 'expected'}
          keys={
            may('analyst')
              ? VERDICTS.map(({ state, key, verb }) => ({
                  keys: key,
                  words: verb.toLowerCase(),
                  run: (row: FindingRow) => judge(state, row),
                }))
              : []
          }
        />
      )}
      <TickBar amount={chosen.length} onUntick={() => setTicked(new Set())}>
        <VerdictButtons current={undefined} onVerdict={(state) => judge(state)} />
      </TickBar>
      {judging !== undefined && (
        <JudgeDialog {...judging} onClose={() => setJudging(undefined)} onDone={() => setTicked(new Set())} />
      )}
    </Page>
  );
}
