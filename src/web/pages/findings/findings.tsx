import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { FacetsQuery, FindingRow, FindingsQuery, Standing } from '../../../api/findings.ts';
import { facetsQuery, findingsQuery } from '../../data/findings.ts';
import { useWaiting } from '../../data/live.ts';
import { useSession } from '../../data/session.ts';
import { SEVERITIES, SeverityBadge, SeverityBars, StateBadge, STATE_MEANS, Tag, type FindingState, type Severity } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { SelectField } from '../../parts/field.tsx';
import { useFilters, type Filters } from '../../parts/filters.ts';
import { Inert } from '../../parts/inert.tsx';
import { JudgeDialog, useVerdict, VerdictButtons, VERDICTS } from '../../parts/judging.tsx';
import { NewPill } from '../../parts/new-pill.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { SearchField } from '../../parts/search-field.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { subjectWords } from '../../parts/subject.tsx';
import { count } from '../../parts/time-words.ts';
import { When } from '../../parts/when.tsx';
import { Page } from '../../shell/page.tsx';
import './findings.css';

type Key = 'state' | 'severity' | 'half' | 'rule' | 'text' | 'host' | 'network' | 'standing' | 'from' | 'to' | 'sort';
const KEYS: readonly Key[] = ['state', 'severity', 'half', 'rule', 'text', 'host', 'network', 'standing', 'from', 'to'];
const STATES = Object.keys(STATE_MEANS) as FindingState[];
/** What needs a look: the list as it opens. */
const INBOX: readonly FindingState[] = ['open'];
const SORTS = [
  { value: 'rank', words: 'what to look at first' },
  { value: 'severity', words: 'severity' },
  { value: 'last-seen', words: 'last seen' },
  { value: 'first-seen', words: 'first seen' },
] as const;

function statesOf(filters: Filters<Key>): readonly FindingState[] {
  const given = filters.all('state');
  if (given.includes('any')) return [];
  return given.length === 0 ? INBOX : STATES.filter((state) => given.includes(state));
}

function queryOf(filters: Filters<Key>): FacetsQuery {
  const states = statesOf(filters);
  const severities = SEVERITIES.filter((severity) => filters.all('severity').includes(severity));
  const half = filters.one('half');
  const rules = filters.all('rule');
  const plain = (['text', 'host', 'network', 'from', 'to'] as const).flatMap((key) => {
    const value = filters.one(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const standing = filters.one('standing') as Standing | undefined;
  return {
    ...(states.length === 0 ? {} : { state: [...states] }),
    ...(severities.length === 0 ? {} : { severity: severities }),
    ...(half === 'exposure' || half === 'recon' ? { half } : {}),
    ...(rules.length === 0 ? {} : { rule: [...rules] }),
    ...(standing === undefined ? {} : { standing }),
    ...Object.fromEntries(plain),
  };
}

const COLUMNS: readonly Column<FindingRow>[] = [
  { key: 'severity', head: 'Severity', width: '6.2rem', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  {
    key: 'title',
    head: 'Finding',
    width: 'minmax(14rem, 3fr)',
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
    width: 'minmax(9rem, 1.2fr)',
    cell: (row) => <code className="finding-where">{subjectWords(row)}</code>,
  },
  {
    key: 'state',
    head: 'Stands',
    width: '8.5rem',
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
    width: '3.4rem',
    end: true,
    phone: 'wide',
    cell: ({ confidence }) => `${Math.round(confidence * 100)} %`,
  },
  { key: 'first', head: 'First seen', width: '6.5rem', phone: 'wide', cell: ({ firstSeen }) => <When at={firstSeen} /> },
  { key: 'last', head: 'Last seen', width: '6.5rem', cell: ({ lastSeen }) => <When at={lastSeen} /> },
];

function Chips<T extends string>({
  label,
  options,
  chosen,
  counts,
  show,
  onChange,
}: {
  readonly label: string;
  readonly options: readonly T[];
  readonly chosen: readonly T[];
  readonly counts: ReadonlyMap<string, number>;
  readonly show: (option: T) => React.ReactNode;
  readonly onChange: (chosen: readonly T[]) => void;
}) {
  return (
    <div className="chips" role="group" aria-label={label}>
      {options.map((option) => {
        const on = chosen.includes(option);
        return (
          <Button
            key={option}
            aria-pressed={on}
            onClick={() => onChange(on ? chosen.filter((each) => each !== option) : [...chosen, option])}
          >
            {show(option)}
            <span className="num chip-count">{(counts.get(option) ?? 0).toLocaleString('en')}</span>
          </Button>
        );
      })}
    </div>
  );
}

function FilterBar({ filters }: { readonly filters: Filters<Key> }) {
  const query = queryOf(filters);
  const { data } = useQuery({ ...facetsQuery(query), placeholderData: (before) => before });
  const countsOf = (name: 'state' | 'severity' | 'half' | 'rule'): ReadonlyMap<string, number> =>
    new Map(data?.[name].map((bucket) => [bucket.value, bucket.count]));
  const rules = data?.rule ?? [];
  const rule = filters.one('rule') ?? '';
  return (
    <section className="filter-bar" aria-label="Filters">
      <SearchField label="Find in title, rule or host" value={filters.one('text') ?? ''} onChange={(text) => filters.set({ text })} />
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
      <div className="cluster filter-selects">
        <SelectField
          inline
          label="From"
          value={filters.one('half') ?? ''}
          onChange={(half) => filters.set({ half })}
          options={[
            { value: '', words: 'scans and telemetry' },
            { value: 'exposure', words: `our scans (${countsOf('half').get('exposure') ?? 0})` },
            { value: 'recon', words: `telemetry (${countsOf('half').get('recon') ?? 0})` },
          ]}
        />
        <SelectField
          inline
          label="Rule"
          value={rule}
          onChange={(value) => filters.set({ rule: value })}
          options={[
            { value: '', words: 'every rule' },
            ...(rule === '' || rules.some(({ value }) => value === rule) ? [] : [{ value: rule, words: rule }]),
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
        {(['host', 'network', 'from', 'to', 'standing'] as const).map((key) => {
          const value = filters.one(key);
          return (
            value !== undefined && (
              <Button key={key} icon="close" onClick={() => filters.set({ [key]: undefined })}>
                {key} <Inert text={value} most={60} />
              </Button>
            )
          );
        })}
        {filters.any(KEYS) && (
          <Button
            kind="quiet"
            onClick={() => filters.set(Object.fromEntries(KEYS.map((key) => [key, undefined])))}
          >
            Back to what needs a look
          </Button>
        )}
      </div>
    </section>
  );
}

/** What a person should look at, in the order to look at it; worked through with the keyboard. */
export default function Findings() {
  const filters = useFilters<Key>();
  const client = useQueryClient();
  const { may } = useSession();
  const search = JSON.stringify({ ...queryOf(filters), sort: (filters.one('sort') ?? 'rank') as FindingsQuery['sort'] });
  const asked = useDeferredValue(search);
  const query = useMemo(() => JSON.parse(asked) as FindingsQuery, [asked]);
  const list = useInfiniteQuery({ ...findingsQuery(query), placeholderData: (before) => before });
  const { rows, total, more } = rowsOf(list);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [judging, setJudging] = useState<{ readonly state: FindingState; readonly findings: readonly FindingRow[] }>();
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
      say({
        ids: [one.id],
        state,
        note: state === 'open' ? 'Reopened in the dashboard' : 'Taken up in the dashboard',
      }, () => setTicked(new Set()));
      return;
    }
    setJudging({ state, findings: about });
  };
  const keyOf = useMemo(() => ({ id }: FindingRow) => id, []);
  return (
    <Page
      title="Findings"
      lede="What a person should look at, the most pressing first. Press ? for the keys."
      actions={
        total !== undefined && (
          <p className="quiet num" role="status">
            {count(total, 'finding')}
          </p>
        )
      }
    >
      <FilterBar filters={filters} />
      <NewPill
        amount={ids.size}
        what="new or changed"
        onShow={() => {
          clear();
          window.scrollTo(0, 0);
          void client.invalidateQueries({ queryKey: ['findings'] });
          void client.invalidateQueries({ queryKey: ['facets'] });
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
          nameOf={({ title }) => title.slice(0, 80)}
          total={total}
          more={more}
          {...(may('analyst') ? { selection: { keys: ticked, change: setTicked } } : {})}
          toneOf={({ severity }) => severity}
          mutedOf={({ state }) => state === 'resolved' || state === 'noise' || state === 'expected'}
          keys={
            may('analyst')
              ? VERDICTS.map(({ state, key, verb }) => ({
                  keys: key,
                  words: `${verb.toLowerCase()} (all that are ticked, else this one)`,
                  run: (row: FindingRow) => judge(state, row),
                }))
              : []
          }
        />
      )}
      {chosen.length > 0 && (
        <section className="bulk-bar" aria-label="What is ticked">
          <strong className="num">{chosen.length} ticked</strong>
          <VerdictButtons current={undefined} onVerdict={(state) => judge(state)} />
          <Button kind="quiet" onClick={() => setTicked(new Set())}>
            Untick
          </Button>
        </section>
      )}
      {judging !== undefined && (
        <JudgeDialog
          {...judging}
          onClose={() => setJudging(undefined)}
          onDone={() => setTicked(new Set())}
        />
      )}
    </Page>
  );
}
