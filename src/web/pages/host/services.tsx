import { useMemo } from 'react';
import { Link } from 'wouter';
import type { HostDetail } from '../../../api/hosts.ts';
import { Inert } from '../../parts/inert.tsx';
import { Panel } from '../../parts/panel.tsx';
import { When } from '../../parts/when.tsx';
import { serviceSpans } from './service-spans.ts';

/** Every service that it was ever seen to offer, in every version, from when to when. */
export function Services({ matrix }: Pick<HostDetail, 'matrix'>) {
  const spans = useMemo(() => serviceSpans(matrix), [matrix]);
  if (spans.length === 0) return undefined;
  const { scans } = matrix;
  const scanAt = (index: number): React.ReactNode => {
    const scan = scans[index];
    return (
      scan !== undefined && (
        <Link href={`/scans/${scan.id}`}>
          {scan.at === null ? scan.id : <When at={scan.at} as="local" />}
        </Link>
      )
    );
  };
  return (
    <Panel
      title="Every service it ever offered"
      about="Each version that answered on a port, from the first scan that saw it to the last."
      flush
    >
      <div className="scroll-x tall" tabIndex={0} role="region" aria-label="Services and their versions">
        <table className="ports">
          <caption className="sr">Services and their versions over time</caption>
          <thead>
            <tr>
              <th scope="col">Port</th>
              <th scope="col">Service, as it said</th>
              <th scope="col">First</th>
              <th scope="col">Last</th>
              <th scope="col" className="right">
                Scans
              </th>
            </tr>
          </thead>
          <tbody>
            {spans.map(({ port, service, first, last, scans: of, newest }) => (
              <tr key={`${port} ${first}`}>
                <th scope="row">
                  <code>{port}</code>
                </th>
                <td className={newest ? 'port-service' : 'port-service quiet'}>
                  {service === '' ? (
                    'open, nothing more is known'
                  ) : (
                    <Inert text={service} most={200} unfold />
                  )}
                </td>
                <td>{scanAt(first)}</td>
                <td>{scanAt(last)}</td>
                <td className="right num">{of.toLocaleString('en')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
