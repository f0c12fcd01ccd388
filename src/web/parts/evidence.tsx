import { Link } from 'wouter';
import type { EvidenceItem } from '../../api/findings.ts';
import { Inert } from './inert.tsx';
import { When } from './when.tsx';
import './evidence.css';

/** Where one piece of evidence can be read again, and what it says. */
export function EvidenceLine({ item }: { readonly item: EvidenceItem }) {
  return (
    <li className="evidence">
      <Source item={item} />
      {item.kind === 'telemetry' ? (
        <dl className="evidence-fields">
          {Object.entries(item.fields).map(([name, value]) => (
            <div key={name}>
              <dt>
                <Inert text={name} most={60} />
              </dt>
              <dd>
                <Inert text={String(value)} most={200} unfold />
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <code>
          <Inert text={item.fact} most={400} unfold />
        </code>
      )}
    </li>
  );
}

function Source({ item }: { readonly item: EvidenceItem }) {
  switch (item.kind) {
    case 'scan':
      return (
        <p className="quiet small cluster">
          scan <Link href={`/scans/${item.run}`}>{item.run}</Link>
          {item.host !== null && <Link href={`/hosts/${item.host}`}>{item.host}</Link>}
          {item.port !== null && <span>{item.port}</span>}
        </p>
      );
    case 'baseline':
      return (
        <p className="quiet small">
          <Link href="/baseline">baseline version {item.version}</Link>
        </p>
      );
    case 'rule':
      return (
        <p className="quiet small">
          rule <Inert text={item.rule} most={120} />
        </p>
      );
    case 'record':
    case 'telemetry':
      return (
        <p className="quiet small cluster">
          <When at={item.at} as="local" />
          <span>
            sensor <Inert text={item.sensor} most={80} />
          </span>
          <span>
            <Inert text={item.file} most={160} />, line {item.line}
          </span>
        </p>
      );
    default:
      return item satisfies never;
  }
}
