import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { ScanDetail, ScanHost } from '../../../api/scans.ts';
import { counted } from '../../../text/phrase.ts';
import { rawScanPath } from '../../data/ask.ts';
import { scanHostsQuery, scanQuery } from '../../data/scans.ts';
import { Against } from '../../parts/against.tsx';
import { Tag } from '../../parts/badge.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import type { Column } from '../../parts/table-row.tsx';
import { Chips, FilterBar, GivenFilter } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Inert, inertString } from '../../parts/inert.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { Facts, Notice, Panel } from '../../parts/panel.tsx';
import { RiskSum } from '../../parts/risk-sum.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { SeverityCounts } from '../../parts/severity-counts.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { When } from '../../parts/when.tsx';
import { Page } from '../../shell/page.tsx';
import { tookWords } from '../scans/scans.tsx';

const STATES = ['up', 'down', 'skipped', 'unknown'] as const;

const COLUMNS: readonly Column<ScanHost>[] = [
  {
    key: 'address',
    head: 'Address',
    width: 'minmax(9rem, 1fr)',
    phone: 'main',
    cell: ({ address }) => <code className="row-name">{address}</code>,
  },
  {
    key: 'state',
    head: 'Answered',
    width: '7rem',
    cell: ({ state, reason, timedOut }) => (
      <span className={state === 'up' ? '' : 'quiet'}>
        {state}
        {reason !== null && <span className="quiet small"> {inertString(reason, 60)}</span>}
        {timedOut && <Tag tone="medium">given up</Tag>}
      </span>
    ),
  },
  {
    key: 'names',
    head: 'Name or system',
    width: 'minmax(8rem, 1.5fr)',
    cell: ({ names, os }) => <Inert text={names[0] ?? os?.name ?? ''} most={100} />,
  },
  {
    key: 'open',
    head: 'Open',
    width: 'minmax(12rem, 3fr)',
    cell: ({ open, openPorts }) => (
      <span className="small">
        {open.slice(0, 5).map(({ port, service }) => (
          <span key={port} className="scan-port">
            <code>{port}</code> <Inert text={service} most={50} />
          </span>
        ))}
        {openPorts > 5 && <span className="quiet">+{openPorts - 5}</span>}
        {openPorts === 0 && <span className="quiet">none</span>}
      </span>
    ),
  },
  {
    key: 'extra',
    head: 'Not listed',
    width: 'minmax(7rem, 1fr)',
    phone: 'wide',
    cell: ({ extraports }) => (
      <span className="quiet small">
        {extraports.map(({ state, count: of }) => `${of.toLocaleString('en')} ${state}`).join(', ')}
      </span>
    ),
  },
];

function ScanHosts({ id }: { readonly id: string }) {
  const filters = useFilters<'text' | 'state' | 'port' | 'network'>();
  const text = filters.one('text');
  const port = filters.one('port');
  const network = filters.one('network');
  const states = STATES.filter((state) => filters.all('state').includes(state));
  const list = useInfiniteQuery({
    ...scanHostsQuery(id, {
      ...(text === undefined ? {} : { text }),
      ...(port === undefined ? {} : { port }),
      ...(network === undefined ? {} : { network }),
      ...(states.length === 0 ? {} : { state: [...states] }),
    }),
    placeholderData: (before) => before,
  });
  const { rows, total, more } = rowsOf(list);
  const keyOf = useMemo(
    () =>
      ({ address }: ScanHost) =>
        address,
    [],
  );
  return (
    <section className="stack tight" aria-label="Hosts of this run">
      <div className="cluster spread">
        <h2>Hosts</h2>
        {total !== undefined && <span className="quiet small num">{counted(total, 'host')}</span>}
      </div>
      <FilterBar>
        <SearchField
          label="Find in address or name"
          value={text ?? ''}
          onChange={(value) => filters.set({ text: value })}
        />
        <Chips
          label="Did it answer"
          options={STATES}
          chosen={states}
          show={(state) => state}
          onChange={(state) => filters.set({ state })}
        />
        <GivenFilter name="open port" value={port} onRemove={() => filters.set({ port: undefined })} />
        <GivenFilter name="network" value={network} onRemove={() => filters.set({ network: undefined })} />
      </FilterBar>
      {list.isPending ? (
        <Loading what="hosts" rows={8} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title="No host of this run matches." />
      ) : (
        <DataTable
          label="Hosts of this run"
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          hrefOf={({ address }) => `/hosts/${address}`}
          total={total}
          more={more}
        />
      )}
    </section>
  );
}

function Verdict({ detail: { scan, assessment, findings } }: { readonly detail: ScanDetail }) {
  return (
    <Panel
      title="How it was assessed"
      aside={<Link href={`/findings?state=any&scan=${scan.id}`}>its findings</Link>}
    >
      {assessment === null ? (
        <Empty title="Not assessed yet.">
          <code>tidemark assess {scan.id}</code>
        </Empty>
      ) : (
        <>
          <RiskSum risk={{ ...assessment, level: assessment.risk }} />
          <Facts
            facts={[
              ['Confidence', `${Math.round(assessment.confidence * 100)} %`],
              ['Held against', <Against key="against" against={assessment.against} />],
              ['Assessed', <When key="at" at={assessment.assessed} as="both" />],
              ['Findings', <SeverityCounts key="findings" counts={findings} />],
            ]}
          />
        </>
      )}
    </Panel>
  );
}

/** One scan: what it asked, what it covered, how it was assessed, its hosts. */
export default function Scan({ id }: { readonly id: string }) {
  const scan = useQuery(scanQuery(id));
  const within = { path: '/scans', name: 'Scan runs' };
  if (scan.isPending)
    return (
      <Page title="Scan run" within={within}>
        <Loading what="the run" rows={10} />
      </Page>
    );
  if (scan.isError)
    return (
      <Page title="Scan run" within={within}>
        <Failure error={scan.error} again={() => void scan.refetch()} />
      </Page>
    );
  const { scan: row, exit, errormsg, asked, coverage, previous, following, problems } = scan.data;
  return (
    <Page
      title={`Run ${row.id}`}
      within={within}
      heading={
        <>
          Run of <When at={row.start ?? row.imported} as="local" />
        </>
      }
      lede={
        <span className="cluster">
          <span>{row.profile}</span>
          <span>from {row.vantage}</span>
          <code>{row.id}</code>
        </span>
      }
      actions={
        <>
          {previous !== null && (
            <Link className="button plain" href={`/scans/${previous}`}>
              Run before
            </Link>
          )}
          {following !== null && (
            <Link className="button plain" href={`/scans/${following}`}>
              Run after
            </Link>
          )}
          {previous !== null && (
            <Link className="button main" href={`/diff?a=${previous}&b=${row.id}`}>
              What changed
            </Link>
          )}
          <a className="button plain" href={rawScanPath(row.id)} download>
            The raw file
          </a>
        </>
      }
    >
      {row.status !== 'complete' && (
        <Notice tone="medium">
          <p>
            This run was <strong>{row.status}</strong>: hosts and ports that it did not reach are unknown, not
            closed.
          </p>
          {errormsg !== null && (
            <p>
              The scanner said: <Inert text={errormsg} most={400} />
            </p>
          )}
        </Notice>
      )}
      <div className="columns">
        <div className="stack">
          <Verdict detail={scan.data} />
          <Panel title="What it covered" about="Outside of this, absence says nothing.">
            <table className="plain-table">
              <caption className="sr">Coverage</caption>
              <thead>
                <tr>
                  <th scope="col">Protocol</th>
                  <th scope="col">Ports</th>
                  <th scope="col">Ranges</th>
                </tr>
              </thead>
              <tbody>
                {coverage.map(({ protocol, ports, count: of }) => (
                  <tr key={protocol}>
                    <th scope="row">{protocol}</th>
                    <td>{of === null ? 'not known' : of.toLocaleString('en')}</td>
                    <td>{ports === null ? 'not known' : <Inert text={ports} most={120} unfold />}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {asked.length > 0 && (
              <p className="quiet small">
                Asked for:{' '}
                {asked
                  .map(
                    ({ type, protocol, numservices }) =>
                      `${type} over ${protocol}${numservices === null ? '' : `, ${counted(numservices, 'port')}`}`,
                  )
                  .join('; ')}
                .
              </p>
            )}
          </Panel>
          {problems.length > 0 && (
            <Panel title="Set aside while reading" about="The rest of the file was taken.">
              <ul className="stack tight small">
                {problems.map(({ code, message, line }, at) => (
                  // oxlint-disable-next-line react/no-array-index-key
                  <li key={at}>
                    <code>{code}</code> {line !== null && `line ${line}: `}
                    <Inert text={message} most={300} unfold />
                  </li>
                ))}
              </ul>
            </Panel>
          )}
        </div>
        <Panel title="What it was">
          <Facts
            facts={[
              ['Hosts up', `${row.hostsUp.toLocaleString('en')} of ${row.hostsTotal.toLocaleString('en')}`],
              ['Open ports', row.openPorts.toLocaleString('en')],
              ['Took', tookWords(row) || 'not known'],
              ['Scanner', inertString(`${row.scanner} ${row.version}`, 120)],
              [
                'Privileges',
                row.privileges === 'raw'
                  ? 'raw packets'
                  : row.privileges === 'connect'
                    ? 'ordinary connections'
                    : 'not known',
              ],
              ['Imported', <When key="imported" at={row.imported} as="both" />],
              exit !== null && ['Exit', <Inert key="exit" text={exit} />],
            ]}
          />
          {row.args !== '' && (
            <div>
              <p className="quiet small">Command line</p>
              <code>
                <Inert text={row.args} most={400} unfold />
              </code>
            </div>
          )}
          <div>
            <p className="quiet small">File</p>
            <code>
              <Inert text={row.source} most={300} />
            </code>
            <p className="quiet small">
              {row.bytes.toLocaleString('en')} bytes, SHA-256 <code>{row.sha256}</code>
            </p>
          </div>
        </Panel>
      </div>
      <ScanHosts id={row.id} />
    </Page>
  );
}
