import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { ScanRow } from '../../../api/scans.ts';
import { counted, formatSpan } from '../../../text/phrase.ts';
import { useWaiting } from '../../data/live.ts';
import { readFromTop } from '../../data/read-from-top.ts';
import { scansQuery } from '../../data/scans.ts';
import { Tag } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import type { Column } from '../../parts/table-row.tsx';
import { FilterBar, GivenFilter } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { NewPill } from '../../parts/new-pill.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { When } from '../../parts/when.tsx';
import { Page } from '../../shell/page.tsx';

/** How long a scan took, where it said when it ended. */
export function tookWords({ start, end }: Pick<ScanRow, 'start' | 'end'>): string {
  return start === null || end === null
    ? ''
    : formatSpan((new Date(end).getTime() - new Date(start).getTime()) * 1000);
}

const COLUMNS: readonly Column<ScanRow>[] = [
  {
    key: 'start',
    head: 'Begun',
    width: 'minmax(8rem, 1fr)',
    phone: 'main',
    cell: ({ start, imported }) => (
      <span className="row-name">
        <When at={start ?? imported} as="local" />
      </span>
    ),
  },
  {
    key: 'status',
    head: 'Ended',
    width: '8rem',
    cell: ({ status }) =>
      status === 'complete' ? <span className="quiet">complete</span> : <Tag tone="medium">{status}</Tag>,
  },
  { key: 'profile', head: 'Profile', width: 'minmax(8rem, 1.4fr)', cell: ({ profile }) => profile },
  {
    key: 'vantage',
    head: 'From',
    width: 'minmax(6rem, 1fr)',
    cell: ({ vantage }) => <span className="quiet">{vantage}</span>,
  },
  {
    key: 'hosts',
    head: 'Hosts up',
    width: '5.5rem',
    end: true,
    cell: ({ hostsUp }) => (
      <>
        {hostsUp.toLocaleString('en')}
        <span className="only-phone"> hosts up</span>
      </>
    ),
  },
  {
    key: 'open',
    head: 'Open ports',
    width: '5.5rem',
    end: true,
    cell: ({ openPorts }) => (
      <>
        {openPorts.toLocaleString('en')}
        <span className="only-phone"> open ports</span>
      </>
    ),
  },
  { key: 'took', head: 'Took', width: '5.5rem', end: true, phone: 'wide', cell: tookWords },
  {
    key: 'problems',
    head: 'Set aside',
    width: '5rem',
    end: true,
    phone: 'wide',
    cell: ({ problems }) => (problems === 0 ? '' : problems.toLocaleString('en')),
  },
  {
    key: 'id',
    head: 'Name',
    width: '9.5rem',
    phone: 'wide',
    cell: ({ id }) => <code className="quiet">{id}</code>,
  },
];

const KEYS = ['vantage', 'profile', 'from', 'to'] as const;

/** What was scanned when; two of them side by side. */
export default function Scans() {
  const filters = useFilters<(typeof KEYS)[number]>();
  const client = useQueryClient();
  const [, go] = useLocation();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const { ids, clear } = useWaiting('scan');
  useEffect(() => {
    clear();
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const query = Object.fromEntries(
    KEYS.flatMap((key) => {
      const value = filters.one(key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
  const list = useInfiniteQuery({ ...scansQuery(query), placeholderData: (before) => before });
  const { rows, total, more } = rowsOf(list);
  const keyOf = useMemo(
    () =>
      ({ id }: ScanRow) =>
        id,
    [],
  );
  // Newest first in the list; the older one stands on the left of a comparison.
  const pair = rows
    .filter(({ id }) => ticked.has(id))
    .map(({ id }) => id)
    .toReversed();
  const compare = (): void => {
    const [a, b] = pair;
    if (a !== undefined && b !== undefined) go(`/diff?a=${a}&b=${b}`);
  };
  return (
    <Page
      title="Scan runs"
      lede="What was scanned when. Tick two to see what changed between them."
      actions={
        <>
          {total !== undefined && <span className="quiet num">{counted(total, 'run')}</span>}
          <Button
            kind={pair.length === 2 ? 'main' : 'plain'}
            shortcut="d"
            disabled={pair.length !== 2}
            onClick={compare}
          >
            Compare the two ticked
          </Button>
          <Button onClick={() => go('/diff')}>Compare the newest two</Button>
        </>
      }
    >
      {filters.any(KEYS) && (
        <FilterBar>
          <div className="cluster">
            {KEYS.map((key) => (
              <GivenFilter
                key={key}
                name={key}
                value={filters.one(key)}
                onRemove={() => filters.set({ [key]: undefined })}
              />
            ))}
          </div>
        </FilterBar>
      )}
      <NewPill
        amount={ids.size}
        what={ids.size === 1 ? 'new run' : 'new runs'}
        onShow={() => {
          clear();
          window.scrollTo(0, 0);
          void readFromTop(client, ['scans']);
        }}
      />
      {list.isPending ? (
        <Loading what="scan runs" rows={10} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={filters.any(KEYS) ? 'No run matches these filters.' : 'No scan yet.'}>
          <code>tidemark scan</code> makes one within the scope; <code>tidemark import FILE</code> takes what
          Nmap or masscan wrote before.
        </Empty>
      ) : (
        <DataTable
          label="Scan runs"
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          hrefOf={({ id }) => `/scans/${id}`}
          total={total}
          more={more}
          selection={{ keys: ticked, change: setTicked }}
          keys={[{ keys: 'd', words: 'compare the two that are ticked', run: compare }]}
        />
      )}
    </Page>
  );
}
