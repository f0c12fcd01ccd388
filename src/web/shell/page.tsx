import { useEffect } from 'react';
import { Link } from 'wouter';
import { inertString } from '../parts/inert.tsx';

/** A page: its title (of the tab too), where it lies, what it is for, and what can be done with all of it. */
export function Page({
  title,
  heading,
  lede,
  within,
  actions,
  children,
}: {
  /** For the tab and the history. */
  readonly title: string;
  /** What stands above; the title where nothing else is given. */
  readonly heading?: React.ReactNode;
  readonly lede?: React.ReactNode;
  readonly within?: { readonly path: string; readonly name: string };
  readonly actions?: React.ReactNode;
  readonly children: React.ReactNode;
}) {
  const shown = inertString(title, 120);
  useEffect(() => {
    document.title = `${shown} · Tidemark`;
  }, [shown]);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          {within !== undefined && (
            <p className="crumbs">
              <Link href={within.path}>{within.name}</Link>
              <span aria-hidden="true">/</span>
            </p>
          )}
          <h1>{heading ?? shown}</h1>
          {lede !== undefined && <div className="lede">{lede}</div>}
        </div>
        {actions !== undefined && <div className="cluster">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
