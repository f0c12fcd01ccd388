import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Change } from '../../../api/scans.ts';
import { baselineQuery } from '../../data/baseline.ts';
import { diffQuery, scansQuery } from '../../data/scans.ts';
import { Button } from '../../parts/button.tsx';
import { ChangeLine, CHANGE_WORDS, ComparisonLimits, HostChanges, SideWords } from '../../parts/changes.tsx';
import { SelectField } from '../../parts/field.tsx';
import { Chips, FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Panel } from '../../parts/panel.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { count, localTime } from '../../parts/time-words.ts';
import { useNow } from '../../parts/when.tsx';
import { Page } from '../../shell/page.tsx';
import './diff.css';

const KINDS = Object.keys(CHANGE_WORDS) as Change['kind'][];

function SidePicker({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const scans = useInfiniteQuery(scansQuery({}));
  const versions = useQuery(baselineQuery);
  const now = useNow();
  const options = [
    { value: 'latest', words: 'the newest run' },
    { value: 'latest~1', words: 'the run before the newest' },
    ...(versions.data?.versions.map(({ version, inForce }) => ({
      value: `baseline:${version}`,
      words: `baseline version ${version}${inForce ? ', in force' : ''}`,
    })) ?? []),
    ...(scans.data?.pages[0]?.items.map(({ id, start, imported, profile }) => ({
      value: id,
      words: `${localTime(new Date(start ?? imported), now)}, ${profile}`,
    })) ?? []),
  ];
  return (
    <SelectField
      label={label}
      value={value}
      onChange={onChange}
      options={
        options.some((option) => option.value === value) ? options : [...options, { value, words: value }]
      }
    />
  );
}

/** What differs between two scans, or a baseline and a scan: both sides next to each other, host by host. */
export default function Diff() {
  const filters = useFilters<'a' | 'b' | 'kind' | 'text'>();
  const a = filters.one('a') ?? 'latest~1';
  const b = filters.one('b') ?? 'latest';
  const text = filters.one('text');
  const kinds = KINDS.filter((kind) => filters.all('kind').includes(kind));
  const diff = useInfiniteQuery({
    ...diffQuery({
      a,
      b,
      ...(kinds.length === 0 ? {} : { kind: kinds }),
      ...(text === undefined ? {} : { text }),
    }),
    placeholderData: (before) => before,
  });
  const first = diff.data?.pages[0];
  const hosts = diff.data?.pages.flatMap(({ items }) => items) ?? [];
  const counts = new Map<string, number>(first?.counts.map(({ kind, count: of }) => [kind, of]));
  const there = KINDS.filter((kind) => counts.has(kind) || kinds.includes(kind));
  return (
    <Page
      title="What changed"
      within={{ path: '/scans', name: 'Scan runs' }}
      lede="Two runs, or a baseline and a run, side by side."
    >
      <FilterBar>
        <div className="diff-sides">
          <SidePicker label="Before" value={a} onChange={(value) => filters.set({ a: value })} />
          <Button onClick={() => filters.set({ a: b, b: a })}>Swap</Button>
          <SidePicker label="After" value={b} onChange={(value) => filters.set({ b: value })} />
        </div>
        <SearchField
          label="Find in host or change"
          value={text ?? ''}
          onChange={(value) => filters.set({ text: value })}
        />
        {there.length > 0 && (
          <Chips
            label="Kinds of change"
            options={there}
            chosen={kinds}
            counts={counts}
            show={(kind) => CHANGE_WORDS[kind].words}
            onChange={(kind) => filters.set({ kind })}
          />
        )}
      </FilterBar>
      {diff.isPending ? (
        <Loading what="the comparison" rows={10} />
      ) : diff.isError ? (
        <Failure error={diff.error} again={() => void diff.refetch()} />
      ) : (
        <>
          {first !== undefined && (
            <div className="diff-heads">
              <span className="quiet small num">{count(first.total, 'host')} with changes</span>
              <SideWords side={first.before} />
              <SideWords side={first.after} />
            </div>
          )}
          {first !== undefined && <ComparisonLimits page={first} />}
          {first !== undefined && first.run.length > 0 && (
            <Panel title="The run as a whole" flush>
              <ul>
                {first.run.map((change, at) => (
                  // oxlint-disable-next-line react/no-array-index-key
                  <ChangeLine key={at} change={change} />
                ))}
              </ul>
            </Panel>
          )}
          {hosts.length === 0 ? (
            <Empty
              title={
                kinds.length > 0 || text !== undefined
                  ? 'No change matches these filters.'
                  : 'Nothing changed.'
              }
            >
              {first?.run.length === 0 && 'Within what both sides looked at.'}
            </Empty>
          ) : (
            <div className="stack tight">
              {hosts.map(({ host, changes }) => (
                <HostChanges key={host} host={host} changes={changes} />
              ))}
            </div>
          )}
          {diff.hasNextPage && (
            <Button
              className="fit"
              disabled={diff.isFetchingNextPage}
              onClick={() => void diff.fetchNextPage()}
            >
              {diff.isFetchingNextPage ? 'Loading …' : 'Show more hosts'}
            </Button>
          )}
        </>
      )}
    </Page>
  );
}
