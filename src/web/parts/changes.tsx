import type { Change, ChangeSide, DiffPage, DiffSide } from '../../api/scans.ts';
import { Link } from 'wouter';
import { Inert } from './inert.tsx';
import { HostLink } from './subject.tsx';
import { When } from './when.tsx';
import './changes.css';

/** Kinds of changes in words, and which way each goes: more open, less open, other. */
export const CHANGE_WORDS: Readonly<
  Record<Change['kind'], { readonly words: string; readonly way: 'more' | 'less' | 'other' }>
> = {
  'host-appeared': { words: 'host appeared', way: 'more' },
  'host-disappeared': { words: 'host disappeared', way: 'less' },
  'host-went-down': { words: 'host went down', way: 'less' },
  'host-came-up': { words: 'host came up', way: 'more' },
  'addresses-changed': { words: 'addresses changed', way: 'other' },
  'hostnames-changed': { words: 'names changed', way: 'other' },
  'mac-changed': { words: 'hardware address changed', way: 'other' },
  'os-changed': { words: 'system changed', way: 'other' },
  'extraports-changed': { words: 'unlisted ports changed', way: 'other' },
  'port-opened': { words: 'port opened', way: 'more' },
  'port-closed': { words: 'port closed', way: 'less' },
  'port-filtered': { words: 'port filtered', way: 'less' },
  'port-state-changed': { words: 'state of a port changed', way: 'other' },
  'service-changed': { words: 'service changed', way: 'other' },
  'product-changed': { words: 'product changed', way: 'other' },
  'version-changed': { words: 'version changed', way: 'other' },
  'extrainfo-changed': { words: 'detail changed', way: 'other' },
  'script-changed': { words: 'script output changed', way: 'other' },
  'service-moved': { words: 'service moved', way: 'other' },
  'coverage-changed': { words: 'coverage changed', way: 'other' },
};

const MARKS = { more: '+', less: '−', other: '≠' } as const;

/** What a side of a comparison is, in words. */
export function SideWords({ side }: { readonly side: DiffSide }) {
  return (
    <span>
      {side.baseline !== null ? (
        <Link href="/baseline">baseline version {side.baseline}</Link>
      ) : (
        <>
          <Link href={`/scans/${side.scan ?? ''}`}>
            run of <When at={side.start} as="local" />
          </Link>
        </>
      )}
      <span className="quiet small">
        {' '}
        {side.profile} from {side.vantage}
        {side.status !== 'complete' && side.status !== '' && `, ${side.status}`}
      </span>
    </span>
  );
}

function Side({ side, label }: { readonly side: ChangeSide; readonly label: string }) {
  return (
    <div className="change-side">
      <span className="change-label quiet small">{label}</span>
      {side === null ? <span className="quiet">nothing</span> : <Inert text={side.words} most={300} unfold />}
    </div>
  );
}

/** One change: which way it goes, what it is about, and both sides next to each other. */
export function ChangeLine({
  change,
  children,
}: {
  readonly change: Change;
  /** What can be done about it. */
  readonly children?: React.ReactNode;
}) {
  const { words, way } = CHANGE_WORDS[change.kind];
  return (
    <li className={`change way-${way}`}>
      <div className="change-what">
        {children}
        <span className="change-mark" aria-hidden="true">
          {MARKS[way]}
        </span>
        <span>
          {change.port !== null && <code>{change.port} </code>}
          <span className={change.port === null ? '' : 'quiet small'}>{words}</span>
          {change.before === null && change.after === null && (
            <span className="small">
              : <Inert text={change.text} most={300} unfold />
            </span>
          )}
        </span>
      </div>
      {(change.before !== null || change.after !== null) && (
        <>
          <Side side={change.before} label="before" />
          <Side side={change.after} label="after" />
        </>
      )}
    </li>
  );
}

/** Why two things compare only in part. */
export function ComparisonLimits({ page }: { readonly page: DiffPage }) {
  const words = [...page.why, ...page.limits];
  if (words.length === 0) return undefined;
  return (
    <div className={`notice ${page.comparable ? 'info' : 'medium'}`}>
      {!page.comparable && <p className="strong">These two do not compare like with like.</p>}
      {words.map((each) => (
        <p key={each}>
          <Inert text={each} most={400} />
        </p>
      ))}
    </div>
  );
}

/** The changes of one host under its address. */
export function HostChanges({
  host,
  changes,
  aside,
  lineAside,
}: {
  readonly host: string;
  readonly changes: readonly Change[];
  readonly aside?: React.ReactNode;
  readonly lineAside?: (change: Change) => React.ReactNode;
}) {
  return (
    <section className="host-changes" aria-label={`Changes of ${host}`}>
      <header className="cluster">
        {aside}
        <h2>
          <HostLink address={host} />
        </h2>
      </header>
      <ul>
        {changes.map((change, at) => (
          // oxlint-disable-next-line react/no-array-index-key
          <ChangeLine key={at} change={change}>
            {lineAside?.(change)}
          </ChangeLine>
        ))}
      </ul>
    </section>
  );
}
