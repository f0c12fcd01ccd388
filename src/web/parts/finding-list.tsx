import { Link } from 'wouter';
import type { FindingRow } from '../../api/findings.ts';
import { SeverityBadge, StateBadge } from './badge.tsx';
import { Inert } from './inert.tsx';
import { subjectWords } from './subject.tsx';
import { When } from './when.tsx';
import './short-list.css';

/** A few findings within another page. */
export function FindingList({ findings }: { readonly findings: readonly FindingRow[] }) {
  return (
    <ul className="short-list">
      {findings.map((finding) => (
        <li key={finding.id}>
          <Link href={`/findings/${finding.id}`} className="short-name">
            <Inert text={finding.title} most={160} />
          </Link>
          <span className="short-facts">
            <SeverityBadge severity={finding.severity} />
            <StateBadge state={finding.state} />
            <code className="quiet">{subjectWords(finding)}</code>
            <When at={finding.lastSeen} />
          </span>
        </li>
      ))}
    </ul>
  );
}
