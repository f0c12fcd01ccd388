import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { episodesQuery } from '../../data/recon.ts';
import { EpisodeList } from '../../parts/episode-list.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { Notice, Panel } from '../../parts/panel.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';

/** What telemetry knows of a machine that no scan of ours has seen: most who scan are such machines. */
export function Unscanned({ address }: { readonly address: string }) {
  return (
    <>
      <Notice>
        <p>
          No scan of ours has seen {address}: what is open there is not known. Most who scan are such
          machines.
        </p>
      </Notice>
      <div className="columns">
        <Episodes title="Whom it scanned" side="source" address={address} />
        <Episodes title="Who scanned it" side="target" address={address} />
      </div>
    </>
  );
}

function Episodes({
  title,
  side,
  address,
}: {
  readonly title: string;
  readonly side: 'source' | 'target';
  readonly address: string;
}) {
  const list = useInfiniteQuery(episodesQuery({ [side]: address }));
  const { rows } = rowsOf(list);
  return (
    <Panel title={title} aside={<Link href={`/episodes?${side}=${address}`}>all episodes</Link>}>
      {list.isPending ? (
        <Loading what="episodes" rows={3} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title="No episode.">As far as the telemetry that Tidemark has can tell.</Empty>
      ) : (
        <EpisodeList episodes={rows.slice(0, 20)} />
      )}
    </Panel>
  );
}
