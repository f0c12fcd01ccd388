import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { campaignsQuery } from '../../data/recon.ts';
import { readFromTop } from '../../data/read-from-top.ts';
import { useFilters } from '../../parts/filters.ts';
import { Empty } from '../../parts/standstill.tsx';
import { Page } from '../../shell/page.tsx';
import { EPISODE_KEYS, episodeFilter, EpisodeTable, type EpisodeKey } from './episode-table.tsx';

/** Episodes of several sources that belong together. */
export default function Campaigns() {
  const filters = useFilters<EpisodeKey>();
  const client = useQueryClient();
  const list = useInfiniteQuery({
    ...campaignsQuery(episodeFilter(filters)),
    placeholderData: (before) => before,
  });
  return (
    <Page
      title="Campaigns"
      lede="Several sources that belong together: they share the work, hide behind each other, or look the same in their packets."
    >
      <EpisodeTable
        label="Campaigns"
        list={list}
        filters={filters}
        onNews={() => void readFromTop(client, ['episodes'])}
        empty={
          <Empty
            title={
              filters.any(EPISODE_KEYS)
                ? 'No campaign matches these filters.'
                : 'No sources were seen working together.'
            }
          >
            {!filters.any(EPISODE_KEYS) && (
              <>
                Single sources are among the <a href="/episodes">episodes</a>.
              </>
            )}
          </Empty>
        }
      />
    </Page>
  );
}
