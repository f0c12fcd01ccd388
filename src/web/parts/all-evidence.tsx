import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { evidenceQuery } from '../data/findings.ts';
import { Button } from './button.tsx';
import { EvidenceLine } from './evidence.tsx';
import { rowsOf } from './pages-of.ts';
import { Panel } from './panel.tsx';
import { ShowMore } from './show-more.tsx';
import { Failure, Loading } from './standstill.tsx';

/** Everything that something rests on, asked for only when somebody wants to read it. */
export function AllEvidence({
  title,
  about,
  query,
}: {
  readonly title: string;
  readonly about: string;
  readonly query: ReturnType<typeof evidenceQuery>;
}) {
  const [open, setOpen] = useState(false);
  const list = useInfiniteQuery({ ...query, enabled: open });
  const { rows, total } = rowsOf(list);
  return (
    <Panel title={title} about={about}>
      {!open ? (
        <Button className="fit" onClick={() => setOpen(true)}>
          Show all of it
        </Button>
      ) : list.isPending ? (
        <Loading what="evidence" rows={4} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <>
          <p className="quiet small">
            {rows.length.toLocaleString('en')} of{' '}
            {total === undefined ? 'what is kept' : total.toLocaleString('en')}
          </p>
          <ul className="evidence-list">
            {rows.map((item, at) => (
              // oxlint-disable-next-line react/no-array-index-key
              <EvidenceLine key={at} item={item} />
            ))}
          </ul>
          <ShowMore list={list} />
        </>
      )}
    </Panel>
  );
}
