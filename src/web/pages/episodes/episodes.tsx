import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { episodesQuery } from '../../data/recon.ts';
import { readFromTop } from '../../data/read-from-top.ts';
import { useFilters } from '../../parts/filters.ts';
import { Empty } from '../../parts/standstill.tsx';
import { Page } from '../../shell/page.tsx';
import { EPISODE_KEYS, episodeFilter, EpisodeTable, type EpisodeKey } from './episode-table.tsx';

/** Who explores the network: one line for each, however many packets it sent. */
export default function Episodes() {
  const filters = useFilters<EpisodeKey>();
  const client = useQueryClient();
  const list = useInfiniteQuery({
    ...episodesQuery(episodeFilter(filters)),
    placeholderData: (before) => before,
  });
  return (
    <Page
      title="Episodes"
      lede="One for each source that explores the network, however many packets it sent. Newest first."
    >
      <EpisodeTable
        label="Episodes"
        list={list}
        filters={filters}
        onNews={() => void readFromTop(client, ['episodes'])}
        empty={
          filters.any(EPISODE_KEYS) ? (
            <Empty title="No episode matches these filters." />
          ) : (
            <Empty title="Nobody was seen exploring the network.">
              That holds only where sensors look: see <a href="/sensors">sensors and blind spots</a>.
              Telemetry comes in with <code>tidemark detect FILE</code> or <code>tidemark watch</code>.
            </Empty>
          )
        }
      />
    </Page>
  );
}
