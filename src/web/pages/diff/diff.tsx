import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { counted } from '../../../text/phrase.ts';
import { baselineQuery } from '../../data/baseline.ts';
import { diffQuery, scansQuery } from '../../data/scans.ts';
import { Button } from '../../parts/button.tsx';
import { ChangeFilterFields, useChangeFilter } from '../../parts/change-filter.tsx';
import { ChangeLine, ComparisonLimits, HostChanges, SideWords } from '../../parts/changes.tsx';
import { SelectField } from '../../parts/field.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Panel } from '../../parts/panel.tsx';
import { ShowMore } from '../../parts/show-more.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { localTime } from '../../parts/time-words.ts';
import { useNow } from '../../parts/when.tsx';
import { Page } from '../../shell/page.tsx';
import './diff.css';

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
  const filters = useFilters<'a' | 'b'>();
  const shown = useChangeFilter();
  const a = filters.one('a') ?? 'latest~1';
  const b = filters.one('b') ?? 'latest';
  const diff = useInfiniteQuery({
    ...diffQuery({ a, b, ...shown.query }),
    placeholderData: (before) => before,
  });
  const first = diff.data?.pages[0];
  const hosts = diff.data?.pages.flatMap(({ items }) => items) ?? [];
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
        <ChangeFilterFields filter={shown} counts={first?.counts} />
      </FilterBar>
      {diff.isPending ? (
        <Loading what="the comparison" rows={10} />
      ) : diff.isError ? (
        <Failure error={diff.error} again={() => void diff.refetch()} />
      ) : (
        <>
          {first !== undefined && (
            <div className="diff-heads">
              <span className="quiet small num">{counted(first.total, 'host')} with changes</span>
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
            <Empty title={shown.given ? 'No change matches these filters.' : 'Nothing changed.'}>
              {first?.run.length === 0 && 'Within what both sides looked at.'}
            </Empty>
          ) : (
            <div className="stack tight">
              {hosts.map(({ host, changes }) => (
                <HostChanges key={host} host={host} changes={changes} />
              ))}
            </div>
          )}
          <ShowMore list={diff} words="Show more hosts" />
        </>
      )}
    </Page>
  );
}
