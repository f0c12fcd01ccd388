import type { EpisodeDetail } from '../../../api/recon.ts';
import { Tag } from '../../parts/badge.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Panel } from '../../parts/panel.tsx';
import { HostLink } from '../../parts/subject.tsx';
import { When } from '../../parts/when.tsx';

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' };

/** What our own scans know of a port that it found; undefined where they never saw it open. */
type Known = EpisodeDetail['exposed'][number] | undefined;

/** Ports that answered it, and since when our own scans know them to be open. */
export function Found({
  detail: { exposed, openPorts, openPortsLeftOut },
}: {
  readonly detail: Pick<EpisodeDetail, 'exposed' | 'openPorts' | 'openPortsLeftOut'>;
}) {
  if (exposed.length === 0 && openPorts.length === 0) return undefined;
  const keyOf = ({ destination, port, protocol }: (typeof openPorts)[number]): string =>
    `${destination} ${port}/${PROTOCOLS[protocol] ?? `ip ${protocol}`}`;
  const known = new Map<string, Known>(exposed.map((each) => [keyOf(each), each]));
  const rows = new Map([...exposed, ...openPorts].map((each) => [keyOf(each), each]));
  return (
    <Panel title="What it found" about="Ports that answered it, and what our own scans know of them.">
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Ports that it found">
        <table className="plain-table">
          <caption className="sr">Ports that it found</caption>
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col">Port</th>
              <th scope="col">Service</th>
              <th scope="col">Known to be open since</th>
            </tr>
          </thead>
          <tbody>
            {[...rows].map(([key, { destination, service }]) => (
              <tr key={key}>
                <th scope="row">
                  <HostLink address={destination} />
                </th>
                <td>{key.slice(destination.length + 1)}</td>
                <td>
                  <Inert text={service} most={120} />
                </td>
                <td>
                  <OpenSince known={known.get(key)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {openPortsLeftOut > 0 && (
        <p className="quiet small">and {openPortsLeftOut.toLocaleString('en')} more</p>
      )}
    </Panel>
  );
}

function OpenSince({ known }: { readonly known: Known }) {
  if (known === undefined) return <span className="quiet">no scan of ours saw it</span>;
  return (
    <>
      {known.openSince === null ? (
        <span className="quiet">not known</span>
      ) : (
        <When at={known.openSince} as="local" />
      )}{' '}
      {known.newSinceBaseline && <Tag tone="high">not in the baseline</Tag>}
    </>
  );
}
