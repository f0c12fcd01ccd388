import type { FindingStanding } from '../../findings/current.ts';
import type { Episode } from './episode.ts';

/**
 * What becomes of an episode: `review` asks for somebody's minutes, `authorised` is covered whole by an entry of the
 * ledger, `note` is for completeness (severity info), `noise` belongs in the digest.
 */
export type Standing = FindingStanding;

/** The standing of an episode. An authorised scan with a remainder is to be reviewed: the remainder is not authorised. */
export function standingOf(episode: Episode): Standing {
  if (episode.authorised !== undefined && episode.authorised.remainderContacts === 0) return 'authorised';
  if (episode.noise) return 'noise';
  return episode.severity === 'info' ? 'note' : 'review';
}
