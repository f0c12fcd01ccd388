import { useInfiniteQuery } from '@tanstack/react-query';
import type { AuditRecord } from '../../../api/operations.ts';
import { counted } from '../../../text/phrase.ts';
import { auditQuery } from '../../data/operations.ts';
import { useSession } from '../../data/session.ts';
import { Page } from '../../shell/page.tsx';
import { Tag } from '../../parts/badge.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import type { Column } from '../../parts/table-row.tsx';
import { FilterBar, GivenFilter } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Inert } from '../../parts/inert.tsx';
import { Notice } from '../../parts/panel.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { SearchField } from '../../parts/search-field.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { When } from '../../parts/when.tsx';

const FACES = { cli: 'command line', daemon: 'by itself', api: 'dashboard or API' } as const;

/** `role admin, until 2027-01-01`: what is not set is left out. */
function detailWords(details: AuditRecord['details']): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

const COLUMNS: readonly Column<AuditRecord>[] = [
  { key: 'at', head: 'When', width: '9rem', phone: 'main', cell: ({ at }) => <When at={at} as="local" /> },
  {
    key: 'who',
    head: 'Who',
    width: 'minmax(8rem, 1fr)',
    cell: ({ actor }) => (
      <span>
        <Inert text={actor.user} most={60} /> <span className="quiet small">{FACES[actor.face]}</span>
      </span>
    ),
  },
  { key: 'action', head: 'Did', width: 'minmax(8rem, 1fr)', cell: ({ action }) => <code>{action}</code> },
  {
    key: 'subject',
    head: 'To what',
    width: 'minmax(8rem, 1.5fr)',
    cell: ({ subject }) => <Inert text={subject} most={120} />,
  },
  { key: 'why', head: 'Why', width: 'minmax(8rem, 2fr)', cell: ({ why }) => <Inert text={why} most={160} /> },
  {
    key: 'details',
    head: 'Details',
    width: 'minmax(8rem, 2fr)',
    phone: 'wide',
    cell: ({ details }) => (
      <span className="quiet small">
        <Inert text={detailWords(details)} most={140} unfold />
      </span>
    ),
  },
  {
    key: 'hash',
    head: 'Hash',
    width: '6rem',
    phone: 'wide',
    cell: ({ hash }) => (
      <code className="quiet" title={hash}>
        {hash.slice(0, 10)}
      </code>
    ),
  },
];

function Log() {
  const filters = useFilters<'action' | 'user'>();
  const action = filters.one('action');
  const user = filters.one('user');
  const list = useInfiniteQuery({
    ...auditQuery({ ...(action === undefined ? {} : { action }), ...(user === undefined ? {} : { user }) }),
    placeholderData: (before) => before,
  });
  const { rows, total, more } = rowsOf(list);
  const chain = list.data?.pages[0]?.chain;
  return (
    <>
      {chain !== undefined &&
        (chain.whole ? (
          <Notice tone="low">
            <strong>The chain is whole.</strong> {counted(chain.records, 'record')}, each bound to the one
            before by its hash; the last is number {chain.head.seq},{' '}
            <code>{chain.head.hash.slice(0, 16)}</code>.
          </Notice>
        ) : (
          <Notice tone="critical">
            <p>
              <strong>The chain is broken.</strong> Somebody or something changed the log after it was
              written.
            </p>
            {chain.flaws.slice(0, 5).map(({ line, message }) => (
              <p key={line}>
                line {line}: <Inert text={message} most={300} />
              </p>
            ))}
          </Notice>
        ))}
      <FilterBar>
        <div className="cluster">
          <SearchField
            label="Who, as written"
            value={user ?? ''}
            onChange={(value) => filters.set({ user: value })}
          />
          <SearchField
            label="What, as written"
            value={action ?? ''}
            onChange={(value) => filters.set({ action: value })}
          />
          <GivenFilter name="user" value={user} onRemove={() => filters.set({ user: undefined })} />
          <GivenFilter name="action" value={action} onRemove={() => filters.set({ action: undefined })} />
        </div>
      </FilterBar>
      {list.isPending ? (
        <Loading what="the audit log" rows={10} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty
          title={
            action !== undefined || user !== undefined
              ? 'No record matches.'
              : 'Nothing was done yet that is recorded.'
          }
        />
      ) : (
        <DataTable label="Audit log" columns={COLUMNS} rows={rows} keyOf={keyOf} total={total} more={more} />
      )}
    </>
  );
}

const keyOf = ({ seq }: AuditRecord): string => String(seq);

/** Who did what, and whether the record of it is whole. */
export default function Audit() {
  const { may } = useSession();
  return (
    <Page
      title="Audit log"
      lede="Who did what, newest first. It is written before anything happens, and can be proven whole."
    >
      {may('admin') ? (
        <Log />
      ) : (
        <Empty title="This needs the role admin.">
          <Tag>audit</Tag> On the machine: <code>tidemark audit verify</code>
        </Empty>
      )}
    </Page>
  );
}
