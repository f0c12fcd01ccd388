import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { episodeEvidenceQuery, episodeQuery } from '../../data/recon.ts';
import { AllEvidence } from '../../parts/all-evidence.tsx';
import { SeverityBadge, StateBadge, Tag } from '../../parts/badge.tsx';
import { Certainty } from '../../parts/certainty.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Panel } from '../../parts/panel.tsx';
import { STANDING_WORDS } from '../../parts/recon-words.ts';
import { Failure, Loading } from '../../parts/standstill.tsx';
import { Page } from '../../shell/page.tsx';
import { Behind } from './behind.tsx';
import { Authorised, Deed } from './deed.tsx';
import { Found } from './found.tsx';
import { Likelihood } from './likelihood.tsx';
import { Pictures } from './pictures.tsx';
import { Further, Kinds, TurningPoints } from './course.tsx';

/** One episode: what it did, why it counts, its pictures, what is behind it, and the records. */
export default function Episode({ id }: { readonly id: string }) {
  const query = useQuery(episodeQuery(id));
  const within = { path: '/episodes', name: 'Episodes' };
  if (query.isPending)
    return (
      <Page title="Episode" within={within}>
        <Loading what="the episode" rows={10} />
      </Page>
    );
  if (query.isError)
    return (
      <Page title="Episode" within={within}>
        <Failure error={query.error} again={() => void query.refetch()} />
      </Page>
    );
  const detail = query.data;
  const { episode } = detail;
  return (
    <Page
      title={episode.title}
      heading={<Inert text={episode.title} most={300} unfold />}
      within={within}
      lede={
        <span className="cluster">
          <SeverityBadge severity={episode.severity} />
          {episode.standing === 'review' ? (
            <StateBadge state={episode.state} />
          ) : (
            <Tag>{STANDING_WORDS[episode.standing]}</Tag>
          )}
          {episode.internal && <Tag>from inside</Tag>}
          {episode.joinedBy !== null && <Tag>joined by {episode.joinedBy}</Tag>}
        </span>
      }
      actions={
        <Link className="button main" href={`/findings/${episode.id}`}>
          Its finding: what to do
        </Link>
      }
    >
      <Authorised authorised={detail.authorised} />
      <Deed detail={detail} />
      <Pictures detail={detail} />
      <div className="main-and-side">
        <div className="stack">
          <Likelihood likelihood={detail.likelihood} />
          <Found detail={detail} />
          <Behind detail={detail} />
          <AllEvidence
            title="The records behind it"
            about="Every record with all its fields, oldest first."
            query={episodeEvidenceQuery(episode.id)}
          />
        </div>
        <div className="stack">
          <Further transition={detail.transition} />
          <Panel title="How sure">
            <Certainty confidence={detail.confidence} />
          </Panel>
          {detail.unusual.length > 0 && (
            <Panel title="Why it is unusual here">
              <ul className="bullets">
                {detail.unusual.map((words) => (
                  <li key={words}>
                    <Inert text={words} most={400} />
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <Kinds familiesWhy={detail.familiesWhy} />
          <TurningPoints timeline={detail.timeline} />
        </div>
      </div>
    </Page>
  );
}
