import * as z from 'zod';
import type { Finding } from '../findings/finding.ts';
import type { Episode } from '../recon/model/episode.ts';
import { episode as episodeDocument } from './episode-schema.ts';
import { finding as findingDocument } from './schema-fields.ts';

/**
 * An episode as JSON has it in `tidemark/summary/1`, without the points of the pictures: hundreds on a line that
 * nobody draws.
 */
export function episodeJson(episode: Episode): Record<string, unknown> {
  const { points: _, ...rest } = z.encode(
    episodeDocument,
    episode as unknown as z.output<typeof episodeDocument>,
  );
  return rest;
}

/** A finding as JSON has it in `tidemark/summary/1`. */
export function findingJson(finding: Finding): Record<string, unknown> {
  return z.encode(findingDocument, finding as unknown as z.output<typeof findingDocument>);
}
