import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { HostDetail } from '../../../api/hosts.ts';
import { counted, formatSpan } from '../../../text/phrase.ts';
import { hostAnomalyQuery, hostQuery } from '../../data/hosts.ts';
import { EpisodeList } from '../../parts/episode-list.tsx';
import { FindingList } from '../../parts/finding-list.tsx';
import { HeatMap, type HeatCell } from '../../parts/heat-map.tsx';
import { Inert, inertString } from '../../parts/inert.tsx';
import { Facts, Notice, Panel } from '../../parts/panel.tsx';
import { serviceWords } from '../../parts/service-words.ts';
import { SeverityBadge, Tag } from '../../parts/badge.tsx';
import { RiskSum } from '../../parts/risk-sum.tsx';
import { Empty, Failure, Loading, wordsOf } from '../../parts/standstill.tsx';
import { HostLink } from '../../parts/subject.tsx';
import { localTime } from '../../parts/time-words.ts';
import { useNow, When } from '../../parts/when.tsx';
import { Page } from '../../shell/page.tsx';
import { Services } from './services.tsx';
import { Unscanned } from './unscanned.tsx';
import './host.css';

const STATE_WORDS: Readonly<Record<HostDetail['newest']['state'], string>> = {
  up: 'it answered',
  down: 'it did not answer',
  skipped: 'it was skipped',
  unknown: 'the scan was cut short before it could know',
};

/** Findings and episodes that are named here; all of them are a list of their own. */
const SHOWN = 8;

/** What waits for somebody before what is done with, each in its order. */
function openFirst(findings: HostDetail['findings']): HostDetail['findings'] {
  const done = new Set(['expected', 'noise', 'resolved']);
  return findings.toSorted((a, b) => Number(done.has(a.state)) - Number(done.has(b.state)));
}

function Ports({ newest }: { readonly newest: HostDetail['newest'] }) {
  return (
    <Panel
      title="Ports in the newest scan"
      about={
        <>
          <Link href={`/scans/${newest.scan}`}>scan {newest.scan}</Link>, <When at={newest.at} as="local" />:{' '}
          {STATE_WORDS[newest.state]}
          {newest.timedOut && '; the scanner gave up on it before it was done'}
        </>
      }
      flush
    >
      {newest.ports.length === 0 ? (
        <Empty title="No port was listed." />
      ) : (
        <div className="scroll-x tall" tabIndex={0} role="region" aria-label="Ports, one by one">
          <table className="ports">
            <thead>
              <tr>
                <th scope="col">Port</th>
                <th scope="col">State</th>
                <th scope="col">Service, as it says</th>
                <th scope="col">Known by</th>
              </tr>
            </thead>
            <tbody>
              {newest.ports.map((port) => (
                <tr key={port.port}>
                  <th scope="row">
                    <code>{port.port}</code>
                  </th>
                  <td className={`port-state ${port.state === 'open' ? 'strong' : 'quiet'}`}>
                    {port.state}
                    {port.reason !== null && (
                      <span className="quiet small"> {inertString(port.reason, 60)}</span>
                    )}
                  </td>
                  <td className="port-service">
                    <Inert text={serviceWords(port.service)} most={200} unfold />
                    {port.scripts.map(({ id, output }) => (
                      <details key={id} className="fold">
                        <summary>
                          <Inert text={id} most={80} />
                        </summary>
                        <pre className="script">
                          {output.split('\n').map((line, at) => (
                            // oxlint-disable-next-line react/no-array-index-key
                            <span key={at}>
                              <Inert text={line} most={400} />
                              {'\n'}
                            </span>
                          ))}
                        </pre>
                      </details>
                    ))}
                  </td>
                  <td className="quiet small">
                    {port.service?.method === 'probed'
                      ? 'its answers'
                      : port.service === null
                        ? ''
                        : 'its number only'}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {newest.extraports.length > 0 && (
        <p className="quiet small host-extra">
          Not listed one by one:{' '}
          {newest.extraports.map(({ state, count: of }) => `${of.toLocaleString('en')} ${state}`).join(', ')}.
        </p>
      )}
    </Panel>
  );
}

function Unusual({ address }: { readonly address: string }) {
  const anomaly = useQuery({ ...hostAnomalyQuery(address), retry: false });
  if (!anomaly.isSuccess) return undefined;
  const { stage, scans, unusual } = anomaly.data;
  return (
    <Panel title="How unusual it is" about={`Learned from ${counted(scans, 'earlier scan')}. ${stage.means}`}>
      {unusual === null ? (
        <p>Nothing about it is unusual.</p>
      ) : (
        <>
          <p className="cluster">
            <strong className="num">{unusual.score.toFixed(1)} nats</strong>
            {unusual.alert && <Tag tone="medium">unusual enough to say so</Tag>}
            {unusual.p !== null && (
              <span className="quiet small">
                {(unusual.p * 100).toFixed(1)} % of earlier scores of such hosts were as high
              </span>
            )}
          </p>
          <table className="plain-table">
            <caption className="sr">What makes it unusual</caption>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col" className="right">
                  nats
                </th>
              </tr>
            </thead>
            <tbody>
              {unusual.items.map((item) => (
                <tr key={item.text}>
                  <th scope="row">
                    <Inert text={item.text} most={300} />
                  </th>
                  <td className="right num">{item.value.toFixed(1)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Panel>
  );
}

/** A row for each port, with a cell for each scan. */
function rowsOfMatrix({ scans, ports, services, cells }: HostDetail['matrix']) {
  const rows = ports.map((name) => ({ name, cells: Array.from<unknown, HeatCell>(scans, () => null) }));
  for (const { scan, port, state, service } of cells) {
    const row = rows[port]?.cells;
    if (row !== undefined) row[scan] = { state, service: service === null ? '' : (services[service] ?? '') };
  }
  return rows;
}

/** One host: now, over time, its findings, and who scanned it. */
export default function Host({ address }: { readonly address: string }) {
  const host = useQuery(hostQuery(address));
  const now = useNow();
  const within = { path: '/hosts', name: 'Hosts' };
  if (host.isPending)
    return (
      <Page title={address} within={within}>
        <Loading what="the host" rows={10} />
      </Page>
    );
  if (host.isError)
    return (
      <Page title={address} within={within}>
        {wordsOf(host.error).code === 'host/unknown' ? (
          <Unscanned address={address} />
        ) : (
          <Failure error={host.error} again={() => void host.refetch()} />
        )}
      </Page>
    );
  const {
    host: row,
    risk,
    newest,
    matrix,
    findings,
    findingsTotal,
    touchedBy,
    touchedByTotal,
    from,
    fromTotal,
    otherAddresses,
    mac,
    os,
  } = host.data;
  const leftOut = [
    matrix.leftOut.scans > 0 && counted(matrix.leftOut.scans, 'older scan'),
    matrix.leftOut.ports > 0 && counted(matrix.leftOut.ports, 'more port'),
  ].filter((words) => words !== false);
  return (
    <Page
      title={row.address}
      heading={<code className="host-address">{row.address}</code>}
      within={within}
      lede={
        row.names.length === 0 ? (
          'no name is known'
        ) : (
          <Inert text={row.names.slice(0, 5).join(', ')} most={200} />
        )
      }
    >
      {newest.state !== 'up' && (
        <Notice tone="medium">
          The newest scan cannot say what is open here now: {STATE_WORDS[newest.state]}. That is not the same
          as closed.
        </Notice>
      )}
      <div className="main-and-side">
        <div className="stack">
          <Panel
            title="Findings"
            aside={<Link href={`/findings?state=any&host=${row.address}`}>all {findingsTotal}</Link>}
          >
            {findings.length === 0 ? (
              <Empty title="No finding is about it." />
            ) : (
              <FindingList findings={openFirst(findings).slice(0, SHOWN)} />
            )}
          </Panel>
          <Panel
            title="Who scanned it"
            aside={<Link href={`/episodes?target=${row.address}`}>all {touchedByTotal}</Link>}
          >
            {touchedBy.length === 0 ? (
              <Empty title="No episode touches it.">
                As far as the telemetry that Tidemark has can tell.
              </Empty>
            ) : (
              <EpisodeList episodes={touchedBy.slice(0, SHOWN)} />
            )}
          </Panel>
        </div>
        <div className="stack">
          <Panel title="Its risk" about="What its open findings add up to.">
            <RiskSum risk={risk} />
          </Panel>
          <Panel title="About it">
            <Facts
              facts={[
                ['Open ports', row.openPortCount.toLocaleString('en')],
                [
                  'Open findings',
                  <span key="findings" className="cluster">
                    {row.openFindings.toLocaleString('en')}
                    {row.worst !== null && <SeverityBadge severity={row.worst} />}
                  </span>,
                ],
                ['First seen', <When key="first" at={row.firstSeen} as="both" />],
                ['Last seen', <When key="last" at={row.lastSeen} as="both" />],
                ['Scans that saw it', row.scans.toLocaleString('en')],
                os[0] !== undefined && [
                  'Operating system',
                  <span key="os">
                    <Inert text={os[0].name} most={100} />{' '}
                    <span className="quiet small">{os[0].accuracy} % sure</span>
                  </span>,
                ],
                mac !== null && [
                  'Hardware address',
                  <span key="mac">
                    <code>{mac.address}</code> {mac.vendor !== null && <Inert text={mac.vendor} most={60} />}
                  </span>,
                ],
                newest.distance !== null && ['Hops away', newest.distance],
                newest.uptimeSeconds !== null && ['Up for', formatSpan(newest.uptimeSeconds * 1e6)],
                otherAddresses.length > 0 && [
                  'Also at',
                  <span key="also" className="cluster">
                    {otherAddresses.map((each) => (
                      <HostLink key={each} address={each} />
                    ))}
                  </span>,
                ],
              ]}
            />
          </Panel>
        </div>
      </div>
      <Panel
        title="Ports over time"
        about={`A row for each port that was ever listed, a column for each scan${leftOut.length === 0 ? '' : `; left out: ${leftOut.join(', ')}`}.`}
      >
        {matrix.ports.length === 0 ? (
          <Empty title="No scan has listed a port of it yet." />
        ) : (
          <HeatMap
            label={`Ports of ${row.address} over ${counted(matrix.scans.length, 'scan')}`}
            columns={matrix.scans.map((scan) => ({
              name: scan.at === null ? scan.id : localTime(new Date(scan.at), now),
              note: [scan.profile, scan.state === 'up' ? '' : `host ${scan.state}`]
                .filter((words) => words !== '')
                .join(', '),
            }))}
            rows={rowsOfMatrix(matrix)}
          />
        )}
      </Panel>
      <Ports newest={newest} />
      <Services matrix={matrix} />
      <div className="columns">
        {from.length > 0 && (
          <Panel
            title="Whom it scanned"
            aside={<Link href={`/episodes?source=${row.address}`}>all {fromTotal}</Link>}
          >
            <EpisodeList episodes={from.slice(0, SHOWN)} />
          </Panel>
        )}
        <Unusual address={row.address} />
      </div>
    </Page>
  );
}
