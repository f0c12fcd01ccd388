import { Link } from 'wouter';
import type { EpisodeRow } from '../../api/recon.ts';
import { SeverityBadge } from './badge.tsx';
import { Inert } from './inert.tsx';
import { DEPTH_WORDS, SHAPE_WORDS, sourceWords } from './recon-words.ts';
import { When } from './when.tsx';
import './short-list.css';

/** A few episodes within another page. */
export function EpisodeList({ episodes }: { readonly episodes: readonly EpisodeRow[] }) {
  return (
    <ul className="short-list">
      {episodes.map((episode) => (
        <li key={episode.id}>
          <Link href={`/episodes/${episode.id}`} className="short-name">
            <Inert text={episode.title} most={160} />
          </Link>
          <span className="short-facts">
            <SeverityBadge severity={episode.severity} />
            <code>{sourceWords(episode)}</code>
            <span>{SHAPE_WORDS[episode.shape]}</span>
            <span>{DEPTH_WORDS[episode.depth]}</span>
            <When at={episode.last} />
          </span>
        </li>
      ))}
    </ul>
  );
}
