import { Link } from 'wouter';

/** What a run was held against, as an assessment names it, with the way there. */
export function Against({ against }: { readonly against: string }) {
  const run = /^run (\S+)$/.exec(against)?.[1];
  if (run !== undefined)
    return (
      <>
        run <Link href={`/scans/${run}`}>{run}</Link>
      </>
    );
  return against.startsWith('baseline ') ? <Link href="/baseline">{against}</Link> : against;
}
