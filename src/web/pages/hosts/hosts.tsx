import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { HostRow, HostsQuery } from '../../../api/hosts.ts';
import { counted } from '../../../text/phrase.ts';
import { hostsQuery } from '../../data/hosts.ts';
import { SEVERITIES, SeverityBadge } from '../../parts/badge.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import type { Column } from '../../parts/table-row.tsx';
import { SelectField } from '../../parts/field.tsx';
import { FilterBar, GivenFilter } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Inert } from '../../parts/inert.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { SearchField } from '../../parts/search-field.tsx';
import { RiskMeter } from '../../parts/risk-sum.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { When } from '../../parts/when.tsx';
import { Page } from '../../shell/page.tsx';

const SORTS = [
  { value: 'address', words: 'address' },
  { value: 'risk', words: 'risk' },
  { value: 'last-seen', words: 'last seen' },
] as const;
type Sort = (typeof SORTS)[number]['value'];

const COLUMNS: readonly Column<HostRow>[] = [
  {
    key: 'address',
    head: 'Address',
    width: 'minmax(9rem, 1fr)',
    phone: 'main',
    cell: ({ address }) => <code className="row-name">{address}</code>,
  },
  {
    key: 'names',
    head: 'Name or system',
    width: 'minmax(9rem, 2fr)',
    cell: ({ names, os }) => <Inert text={names.slice(0, 3).join(', ') || os} most={120} />,
  },
  {
    key: 'worst',
    head: 'Worst finding',
    width: '7.5rem',
    cell: ({ worst }) =>
      worst === null ? (
        <span className="quiet small">no open finding</span>
      ) : (
        <SeverityBadge severity={worst} />
      ),
  },
  {
    key: 'risk',
    head: 'Risk',
    width: '10rem',
    cell: ({ risk, riskLevel, worst }) => worst !== null && <RiskMeter level={riskLevel} score={risk} />,
  },
  {
    key: 'ports',
    head: 'Open ports',
    width: 'minmax(7rem, 1.6fr)',
    cell: ({ openPorts, openPortCount }) => (
      <span className="quiet">
        {openPorts.slice(0, 6).join(' ')}
        {openPortCount > 6 && ` +${(openPortCount - 6).toLocaleString('en')}`}
        {openPortCount === 0 && 'no open port'}
      </span>
    ),
  },
  {
    key: 'scans',
    head: 'Scans',
    width: '4rem',
    end: true,
    phone: 'wide',
    cell: ({ scans }) => scans.toLocaleString('en'),
  },
  {
    key: 'first',
    head: 'First seen',
    width: '7rem',
    phone: 'wide',
    cell: ({ firstSeen }) => <When at={firstSeen} />,
  },
  { key: 'last', head: 'Last seen', width: '7rem', cell: ({ lastSeen }) => <When at={lastSeen} /> },
];

const KEYS = ['text', 'network', 'port', 'severity'] as const;

/** Every machine that a scan has seen. */
export default function Hosts() {
  const filters = useFilters<(typeof KEYS)[number] | 'sort'>();
  const severity = SEVERITIES.find((each) => each === filters.one('severity'));
  const sort = (filters.one('sort') ?? 'address') as Sort;
  const plain = (['text', 'network', 'port'] as const).flatMap((key) => {
    const value = filters.one(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const query: HostsQuery = {
    ...Object.fromEntries(plain),
    ...(severity === undefined ? {} : { severity }),
    sort,
  };
  const list = useInfiniteQuery({ ...hostsQuery(query), placeholderData: (before) => before });
  const { rows, total, more } = rowsOf(list);
  const keyOf = useMemo(
    () =>
      ({ address }: HostRow) =>
        address,
    [],
  );
  return (
    <Page
      title="Hosts"
      lede="Every machine that a scan has seen, as it was seen last."
      actions={total !== undefined && <p className="quiet num">{counted(total, 'host')}</p>}
    >
      <FilterBar>
        <div className="cluster filter-selects">
          <SearchField
            label="Find in address or name"
            value={filters.one('text') ?? ''}
            onChange={(text) => filters.set({ text })}
          />
          <SelectField
            inline
            label="Open findings"
            value={severity ?? ''}
            onChange={(value) => filters.set({ severity: value })}
            options={[
              { value: '', words: 'any or none' },
              ...SEVERITIES.map((value) => ({
                value,
                words: value === 'critical' ? value : `${value} or worse`,
              })),
            ]}
          />
          <SelectField
            inline
            label="Order"
            value={sort}
            onChange={(value) => filters.set({ sort: value === 'address' ? undefined : value })}
            options={SORTS}
          />
          {(['network', 'port'] as const).map((key) => (
            <GivenFilter
              key={key}
              name={key}
              value={filters.one(key)}
              onRemove={() => filters.set({ [key]: undefined })}
            />
          ))}
        </div>
      </FilterBar>
      {list.isPending ? (
        <Loading what="hosts" rows={10} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        filters.any(KEYS) ? (
          <Empty title="No host matches these filters." />
        ) : (
          <Empty title="No host yet.">
            Hosts come with the first scan: <code>tidemark scan</code>, or <code>tidemark import FILE</code>{' '}
            for scans that you have already.
          </Empty>
        )
      ) : (
        <DataTable
          label="Hosts"
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          hrefOf={({ address }) => `/hosts/${address}`}
          total={total}
          more={more}
          toneOf={({ worst }) => worst ?? ''}
        />
      )}
    </Page>
  );
}
