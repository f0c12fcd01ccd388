import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { RoleRow, Sensors as SensorsDocument } from '../../../api/recon.ts';
import { counted } from '../../../text/phrase.ts';
import { rolesQuery, sensorsQuery, useApproveRole, useRejectRole } from '../../data/recon.ts';
import { useSession } from '../../data/session.ts';
import { announce } from '../../shell/announce.tsx';
import { Page } from '../../shell/page.tsx';
import { Tag } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Modal } from '../../parts/modal.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { Facts, Panel } from '../../parts/panel.tsx';
import { networkWords } from '../../parts/subject.tsx';
import { ShowMore } from '../../parts/show-more.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { localTime } from '../../parts/time-words.ts';
import { useNow, When } from '../../parts/when.tsx';
import './sensors.css';

type Sensor = SensorsDocument['sensors'][number];

const BLIND_WORDS: Readonly<Record<SensorsDocument['blindSpots'][number]['kind'], string>> = {
  sampling: 'only a part is seen',
  gap: 'a time without records',
  silent: 'gone quiet',
  vantage: 'seen from one side',
  'never-scanned': 'never scanned',
  stale: 'not scanned for long',
  'no-telemetry': 'no sensor there',
};

/** The times that its files reach over, as a strip from the first to the last. */
function CoverageStrip({
  sensor,
  from,
  to,
}: {
  readonly sensor: Sensor;
  readonly from: number;
  readonly to: number;
}) {
  const now = useNow();
  const wide = Math.max(1, to - from);
  const words = sensor.coverage.map(
    (span) => `${localTime(new Date(span.from), now)} to ${localTime(new Date(span.to), now)}`,
  );
  return (
    <div className="coverage">
      <svg
        viewBox="0 0 1000 12"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Records reach over: ${words.slice(-5).join('; ') || 'nothing'}`}
      >
        <rect className="coverage-none" width="1000" height="12" />
        {sensor.coverage.map((span) => {
          const start = ((new Date(span.from).getTime() - from) / wide) * 1000;
          const end = ((new Date(span.to).getTime() - from) / wide) * 1000;
          return (
            <rect
              key={span.from}
              className="coverage-some"
              x={start}
              width={Math.max(2, end - start)}
              height="12"
            />
          );
        })}
      </svg>
    </div>
  );
}

function SensorList({ sensors }: { readonly sensors: readonly Sensor[] }) {
  const now = useNow();
  const spans = sensors.flatMap(({ coverage }) => coverage);
  const from = Math.min(...spans.map((span) => new Date(span.from).getTime()));
  const to = Math.max(...spans.map((span) => new Date(span.to).getTime()));
  return (
    <Panel
      title="Sensors"
      about={
        spans.length === 0
          ? undefined
          : `The strips run from ${localTime(new Date(from), now)} to ${localTime(new Date(to), now)}; empty parts are times without records.`
      }
    >
      {sensors.length === 0 ? (
        <Empty title="No telemetry has come in.">
          Without it nobody can be seen scanning: <code>tidemark detect FILE</code> reads logs of Zeek,
          Suricata, NetFlow and captures; <code>tidemark watch</code> follows them.
        </Empty>
      ) : (
        <ul className="stack">
          {sensors.map((sensor) => (
            <li key={sensor.sensor} className="observation">
              <p className="cluster">
                <strong>
                  <Inert text={sensor.sensor} most={80} />
                </strong>
                <span className="quiet small">{sensor.formats.join(', ')}</span>
                {sensor.sampling > 1 && (
                  <Tag tone="medium">one of {sensor.sampling.toLocaleString('en')} packets</Tag>
                )}
              </p>
              <CoverageStrip sensor={sensor} from={from} to={to} />
              <Facts
                facts={[
                  ['Flows', sensor.records.flow.toLocaleString('en')],
                  sensor.records.app > 0 && ['Application events', sensor.records.app.toLocaleString('en')],
                  sensor.records.alert > 0 && ['Alerts', sensor.records.alert.toLocaleString('en')],
                  sensor.records.process > 0 && [
                    'Process events',
                    sensor.records.process.toLocaleString('en'),
                  ],
                  ['Files', sensor.files.toLocaleString('en')],
                  ['First record', <When key="first" at={sensor.first} as="local" />],
                  ['Last record', <When key="last" at={sensor.last} as="both" />],
                  sensor.problems > 0 && ['Lines set aside', sensor.problems.toLocaleString('en')],
                ]}
              />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const HOW = {
  configured: 'from the configuration',
  approved: 'approved',
  learned: 'learned, waits for a word',
} as const;

function Roles() {
  const list = useInfiniteQuery(rolesQuery);
  const { rows } = rowsOf(list);
  const { may } = useSession();
  const approve = useApproveRole();
  const reject = useRejectRole();
  const [asked, setAsked] = useState<
    { readonly act: 'approve' | 'reject'; readonly row: RoleRow } | undefined
  >(undefined);
  const [note, setNote] = useState('');
  const mutation = asked?.act === 'approve' ? approve : reject;
  const done = {
    onSuccess: ({ network, role }: RoleRow) => {
      announce({
        words:
          asked?.act === 'approve'
            ? `${networkWords(network)} is a ${role}.`
            : `${networkWords(network)} is no longer taken for a ${role}.`,
      });
      setAsked(undefined);
      setNote('');
    },
  };
  return (
    <Panel
      title="What machines are"
      about="A domain controller talks to everybody, a workstation does not: the role decides what is normal for a source."
    >
      {list.isPending ? (
        <Loading what="roles" rows={3} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title="No role is known yet.">
          They are learned from telemetry, or set in the configuration.
        </Empty>
      ) : (
        <ul className="short-list">
          {rows.map((row) => (
            <li key={`${row.network} ${row.role}`}>
              <p className="cluster">
                <code>{networkWords(row.network)}</code> <strong>{row.role}</strong>
                <span className="quiet small">{row.rejected ? 'refused' : HOW[row.how]}</span>
                {may('analyst') && row.how !== 'configured' && (
                  <span className="cluster">
                    {row.how === 'learned' && !row.rejected && (
                      <Button onClick={() => setAsked({ act: 'approve', row })}>Approve</Button>
                    )}
                    {!row.rejected && (
                      <Button onClick={() => setAsked({ act: 'reject', row })}>
                        {row.how === 'approved' ? 'Take back' : 'Refuse'}
                      </Button>
                    )}
                  </span>
                )}
              </p>
              <p className="quiet small">
                <Inert text={row.why} most={300} />
              </p>
            </li>
          ))}
        </ul>
      )}
      <ShowMore list={list} />
      {asked !== undefined && (
        <Modal
          title={`${asked.act === 'approve' ? 'Approve' : 'Refuse'}: ${networkWords(asked.row.network)} is a ${asked.row.role}`}
          onClose={() => setAsked(undefined)}
        >
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              const { network, role } = asked.row;
              if (asked.act === 'approve') approve.mutate({ network, role, note: note.trim() }, done);
              else reject.mutate({ network, note: note.trim() }, done);
            }}
          >
            <TextField label="Why" required value={note} onChange={(event) => setNote(event.target.value)} />
            {mutation.isError && <Failure error={mutation.error} />}
            <div className="modal-foot">
              <Button onClick={() => setAsked(undefined)}>Cancel</Button>
              <Button kind="main" type="submit" disabled={mutation.isPending || note.trim() === ''}>
                {asked.act === 'approve' ? 'Approve' : 'Refuse'}
              </Button>
            </div>
          </form>
        </Modal>
      )}
    </Panel>
  );
}

/** What is seen, and what cannot be. */
export default function Sensors() {
  const sensors = useQuery(sensorsQuery);
  return (
    <Page
      title="Sensors and coverage"
      lede="What is seen, and what cannot be. Where nobody looks, silence says nothing."
    >
      {sensors.isPending ? (
        <Loading what="sensors" rows={10} />
      ) : sensors.isError ? (
        <Failure error={sensors.error} again={() => void sensors.refetch()} />
      ) : (
        <>
          <Panel title="Blind spots" about="What Tidemark knows that it cannot see.">
            {sensors.data.blindSpots.length === 0 ? (
              <Empty title="None that it knows of." />
            ) : (
              <ul className="blind">
                {sensors.data.blindSpots.map(({ kind, about, text }) => (
                  <li key={`${kind} ${about} ${text}`}>
                    <p className="cluster">
                      <Tag tone="medium">{BLIND_WORDS[kind]}</Tag>
                      <strong>
                        <Inert text={about} most={80} />
                      </strong>
                    </p>
                    <p className="small">
                      <Inert text={text} most={400} />
                    </p>
                  </li>
                ))}
              </ul>
            )}
          </Panel>
          <SensorList sensors={sensors.data.sensors} />
          <div className="columns">
            <Panel title="Networks of the configuration" about="When each was last seen by a scan.">
              {sensors.data.networks.length === 0 ? (
                <Empty title="None is configured." />
              ) : (
                <table className="plain-table">
                  <caption className="sr">Networks</caption>
                  <thead>
                    <tr>
                      <th scope="col">Network</th>
                      <th scope="col">Hosts ever seen</th>
                      <th scope="col">Last scan</th>
                    </tr>
                  </thead>
                  <tbody>
                    {sensors.data.networks.map(({ network, hosts, lastSeen }) => (
                      <tr key={network}>
                        <th scope="row">
                          <Link href={`/hosts?network=${encodeURIComponent(network)}`}>
                            <code>{networkWords(network)}</code>
                          </Link>
                        </th>
                        <td>{hosts.toLocaleString('en')}</td>
                        <td>
                          <When at={lastSeen} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </Panel>
            <Panel title="Where scans look from" about="Another vantage may see other ports.">
              {sensors.data.vantages.length === 0 ? (
                <Empty title="No scan yet." />
              ) : (
                <table className="plain-table">
                  <caption className="sr">Vantages</caption>
                  <thead>
                    <tr>
                      <th scope="col">Vantage</th>
                      <th scope="col">Runs</th>
                      <th scope="col">Last</th>
                    </tr>
                  </thead>
                  <tbody>
                    {sensors.data.vantages.map(({ vantage, scans, last }) => (
                      <tr key={vantage}>
                        <th scope="row">
                          <Link href={`/scans?vantage=${encodeURIComponent(vantage)}`}>{vantage}</Link>
                        </th>
                        <td>{counted(scans, 'run')}</td>
                        <td>
                          <When at={last} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </Panel>
          </div>
        </>
      )}
      <Roles />
    </Page>
  );
}
