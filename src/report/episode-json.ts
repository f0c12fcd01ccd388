import * as z from 'zod';
import type { Finding } from '../findings/finding.ts';
import type { Episode } from '../recon/model/episode.ts';
import { episode as episodeDocument } from './episode-schema.ts';
import { finding as findingDocument } from './schema-fields.ts';

/** What JSON leaves out of an episode that was kept as JSON: the encoder wants every field to be there. */
const UNKNOWN = {
  joinedBy: undefined,
  trueSource: undefined,
  role: undefined,
  process: undefined,
  authorised: undefined,
} satisfies Partial<Episode>;

/**
 * An episode as JSON has it in `tidemark/summary/1`, without the points of the pictures: hundreds on a line that
 * nobody draws.
 */
export function episodeJson(episode: Episode): Record<string, unknown> {
  const whole: Episode = {
    ...UNKNOWN,
    ...episode,
    exposed: episode.exposed.map((each) => ({ ...each, openSince: each.openSince, severity: each.severity })),
  };
  const { points: _, ...rest } = z.encode(
    episodeDocument,
    whole as unknown as z.output<typeof episodeDocument>,
  );
  return rest;
}

/** A finding as JSON has it in `tidemark/summary/1`. */
export function findingJson(finding: Finding): Record<string, unknown> {
  return z.encode(findingDocument, finding as unknown as z.output<typeof findingDocument>);
}
