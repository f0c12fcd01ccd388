import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { EpisodeRow, EpisodesPage, EpisodesQuery } from '../../../api/recon.ts';
import { counted } from '../../../text/phrase.ts';
import { useWaiting } from '../../data/live.ts';
import { SEVERITIES, SeverityBadge, StateBadge, Tag } from '../../parts/badge.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import type { Column } from '../../parts/table-row.tsx';
import { SelectField } from '../../parts/field.tsx';
import { FilterBar, GivenFilter } from '../../parts/filter-bar.tsx';
import type { Filters } from '../../parts/filters.ts';
import { Inert } from '../../parts/inert.tsx';
import { NewPill } from '../../parts/new-pill.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import {
  DEPTH_WORDS,
  FAMILY_WORDS,
  SHAPE_WORDS,
  sourceWords,
  STANDING_WORDS,
} from '../../parts/recon-words.ts';
import { Failure, Loading } from '../../parts/standstill.tsx';
import { When } from '../../parts/when.tsx';

/** Filters that the address of a list of episodes holds. */
export const EPISODE_KEYS = ['from', 'to', 'source', 'target', 'standing', 'severity', 'family'] as const;
/** See EPISODE_KEYS. */
export type EpisodeKey = (typeof EPISODE_KEYS)[number];

const STANDINGS = Object.keys(STANDING_WORDS) as EpisodeRow['standing'][];
const FAMILIES = Object.keys(FAMILY_WORDS) as EpisodeRow['families'][number][];

/** The filters as the API takes them; what is no known word is left out. */
export function episodeFilter(filters: Filters<EpisodeKey>): Omit<EpisodesQuery, 'cursor' | 'limit'> {
  const standing = STANDINGS.find((each) => each === filters.one('standing'));
  const severity = SEVERITIES.find((each) => each === filters.one('severity'));
  const family = FAMILIES.find((each) => each === filters.one('family'));
  const plain = (['from', 'to', 'source', 'target'] as const).flatMap((key) => {
    const value = filters.one(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...Object.fromEntries(plain),
    ...(standing === undefined ? {} : { standing }),
    ...(severity === undefined ? {} : { severity }),
    ...(family === undefined ? {} : { family }),
  };
}

const COLUMNS: readonly Column<EpisodeRow>[] = [
  {
    key: 'severity',
    head: 'Severity',
    width: '6.2rem',
    cell: ({ severity }) => <SeverityBadge severity={severity} />,
  },
  {
    key: 'title',
    head: 'Episode',
    width: 'minmax(16rem, 4fr)',
    phone: 'main',
    cell: ({ title }) => (
      <span className="row-name">
        <Inert text={title} most={160} />
      </span>
    ),
  },
  {
    key: 'source',
    head: 'Source',
    width: 'minmax(9rem, 1fr)',
    cell: (row) => (
      <span>
        <code>{sourceWords(row)}</code> {row.internal && <Tag>inside</Tag>}
      </span>
    ),
  },
  {
    key: 'what',
    head: 'What it did',
    width: 'minmax(10rem, 1.4fr)',
    cell: ({ shape, depth, transition }) => (
      <span className="quiet">
        {SHAPE_WORDS[shape]}; {DEPTH_WORDS[depth]} {transition && <Tag tone="high">went further</Tag>}
      </span>
    ),
  },
  {
    key: 'reach',
    head: 'Reach',
    width: '8.5rem',
    phone: 'wide',
    cell: ({ hosts, ports }) => (
      <span className="quiet num">
        {counted(hosts, 'host')}, {counted(ports, 'port')}
      </span>
    ),
  },
  {
    key: 'stands',
    head: 'Stands',
    width: '7rem',
    cell: ({ state, standing }) =>
      standing === 'review' ? (
        <StateBadge state={state} />
      ) : (
        <span className="quiet small">{STANDING_WORDS[standing]}</span>
      ),
  },
  { key: 'last', head: 'Last seen', width: '6.5rem', cell: ({ last }) => <When at={last} /> },
];

/** A list of episodes under its filters. */
export function EpisodeTable({
  label,
  list,
  filters,
  empty,
  onNews,
}: {
  readonly label: string;
  readonly list: UseInfiniteQueryResult<{ readonly pages: readonly EpisodesPage[] }>;
  readonly filters: Filters<EpisodeKey>;
  readonly empty: React.ReactNode;
  readonly onNews: () => void;
}) {
  const { rows, total, more } = rowsOf(list);
  const { ids, clear } = useWaiting('episode');
  useEffect(() => {
    clear();
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const keyOf = useMemo(
    () =>
      ({ id }: EpisodeRow) =>
        id,
    [],
  );
  return (
    <>
      <FilterBar>
        <div className="cluster filter-selects">
          <SelectField
            inline
            label="Which"
            value={STANDINGS.find((each) => each === filters.one('standing')) ?? ''}
            onChange={(standing) => filters.set({ standing })}
            options={[
              { value: '', words: 'all but background noise' },
              ...STANDINGS.map((value) => ({ value, words: STANDING_WORDS[value] })),
            ]}
          />
          <SelectField
            inline
            label="Severity"
            value={SEVERITIES.find((each) => each === filters.one('severity')) ?? ''}
            onChange={(severity) => filters.set({ severity })}
            options={[
              { value: '', words: 'any' },
              ...SEVERITIES.map((value) => ({
                value,
                words: value === 'critical' ? value : `${value} or worse`,
              })),
            ]}
          />
          <SelectField
            inline
            label="Kind"
            value={FAMILIES.find((each) => each === filters.one('family')) ?? ''}
            onChange={(family) => filters.set({ family })}
            options={[
              { value: '', words: 'any' },
              ...FAMILIES.map((value) => ({ value, words: FAMILY_WORDS[value] })),
            ]}
          />
          {(['source', 'target', 'from', 'to'] as const).map((key) => (
            <GivenFilter
              key={key}
              name={key}
              value={filters.one(key)}
              onRemove={() => filters.set({ [key]: undefined })}
            />
          ))}
          {total !== undefined && <span className="quiet small num">{counted(total, 'episode')}</span>}
        </div>
      </FilterBar>
      <NewPill
        amount={ids.size}
        what="new or changed"
        onShow={() => {
          clear();
          window.scrollTo(0, 0);
          onNews();
        }}
      />
      {list.isPending ? (
        <Loading what="episodes" rows={10} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        empty
      ) : (
        <DataTable
          label={label}
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          hrefOf={({ id }) => `/episodes/${id}`}
          total={total}
          more={more}
          toneOf={({ severity }) => severity}
          mutedOf={({ standing }) => standing !== 'review'}
        />
      )}
    </>
  );
}
