import { useId } from 'react';
import './panel.css';

/** A framed part of a page with its heading, and a word on what it shows. */
export function Panel({
  title,
  about,
  aside,
  flush = false,
  children,
}: {
  readonly title: string;
  readonly about?: React.ReactNode;
  readonly aside?: React.ReactNode;
  /** The content reaches the frame: tables, pictures. */
  readonly flush?: boolean;
  readonly children: React.ReactNode;
}) {
  const heading = useId();
  return (
    <section className={`panel${flush ? ' flush' : ''}`} aria-labelledby={heading}>
      <header className="panel-head">
        <div>
          <h2 id={heading}>{title}</h2>
          {about !== undefined && <p className="quiet small">{about}</p>}
        </div>
        {aside}
      </header>
      <div className="panel-body">{children}</div>
    </section>
  );
}

/** Facts as pairs; columns as the width allows. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [string, React.ReactNode] | undefined | false)[];
}) {
  return (
    <dl className="facts">
      {facts.map(
        (fact) =>
          fact !== undefined &&
          fact !== false && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** Said to the reader beside the matter: a limit, a warning, what was done. */
export function Notice({
  tone = 'info',
  children,
}: {
  readonly tone?: 'info' | 'low' | 'medium' | 'high' | 'critical';
  readonly children: React.ReactNode;
}) {
  return <div className={`notice ${tone}`}>{children}</div>;
}
