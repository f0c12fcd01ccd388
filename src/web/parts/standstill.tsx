import type { Problem } from '../../api/fields.ts';
import { Button } from './button.tsx';
import { Inert } from './inert.tsx';
import './standstill.css';

/** Something is on its way. Grey bars after a moment, so that what comes quickly does not flicker. */
export function Loading({ what, rows = 6 }: { readonly what: string; readonly rows?: number }) {
  return (
    <div className="loading" role="status">
      <span className="sr">Loading {what}</span>
      {Array.from({ length: rows }, (_, row) => (
        // oxlint-disable-next-line react/no-array-index-key
        <span key={row} className="bone" />
      ))}
    </div>
  );
}

/** There is nothing, why that is, and what would change it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: React.ReactNode }) {
  return (
    <div className="empty">
      <p className="strong">{title}</p>
      {children !== undefined && <div className="quiet">{children}</div>}
    </div>
  );
}

/** What the server said when it could not, in its words: what happened, and the way out. */
export function Failure({ error, again }: { readonly error: unknown; readonly again?: () => void }) {
  const { message, fix, code } = wordsOf(error);
  const { refused = [], fields = [] } = (error as { problem?: Partial<Problem> } | undefined)?.problem ?? {};
  return (
    <div className="failure" role="alert">
      <p className="strong">
        <Inert text={message} most={600} />
      </p>
      {fix !== undefined && (
        <p>
          <Inert text={fix} most={600} />
        </p>
      )}
      {refused.length > 0 && (
        <ul className="stack tight small">
          {refused.map(({ target, why, means }) => (
            <li key={`${target} ${why}`}>
              <code>
                <Inert text={target} most={100} />
              </code>{' '}
              <Inert text={why} most={300} /> <span className="quiet">{means}</span>
            </li>
          ))}
        </ul>
      )}
      {fields.length > 0 && (
        <ul className="small">
          {fields.map(({ field, message: wrong }) => (
            <li key={`${field} ${wrong}`}>
              <code>{field}</code> <Inert text={wrong} most={200} />
            </li>
          ))}
        </ul>
      )}
      <p className="cluster">
        {again !== undefined && <Button onClick={again}>Try again</Button>}
        {code !== undefined && <code className="quiet">{code}</code>}
      </p>
    </div>
  );
}

/** A failure in words; `fix` and `code` where the server gave them. */
export function wordsOf(error: unknown): {
  readonly message: string;
  readonly fix: string | undefined;
  readonly code: string | undefined;
} {
  if (!(error instanceof Error)) return { message: 'Something went wrong.', fix: undefined, code: undefined };
  const { fix, code } = error as { fix?: unknown; code?: unknown };
  return {
    message: error.message,
    fix: typeof fix === 'string' && fix !== '' ? fix : undefined,
    code: typeof code === 'string' ? code : undefined,
  };
}
