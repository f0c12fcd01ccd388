import { attributeTool, LOOKS_LIKE } from '../../fingerprint/attribute-tool.ts';
import type { Opening } from '../../fingerprint/opening.ts';
import type { Instant } from '../../time/instant.ts';
import type { ActivityReader } from '../model/activity-reader.ts';
import type { Episode } from '../model/episode.ts';

/** Sources of a campaign whose first packets are looked at: they act alike. */
const SOURCES = 16;

/** Sentences about tools that an episode gets. */
const TOOLS = 3;

/**
 * The episode with what its first packets look like put before its other traits: of each tool the surest sign. Decided
 * after the episode is, from packets alone, so it can neither make one nor end one. Background is counted, not explained.
 */
export async function nameTools(episode: Episode, reader: ActivityReader): Promise<Episode> {
  if (episode.noise) return episode;
  const scope = { from: episode.first, to: (episode.last + 1) as Instant };
  const openings: Opening[] = [];
  for (const source of episode.sources.slice(0, SOURCES))
    openings.push(...(await reader.openings(source, scope)));
  const said = new Set<string>();
  const sentences: string[] = [];
  for (const { tool, text } of attributeTool(openings)) {
    if (!said.has(tool)) sentences.push(text);
    said.add(tool);
  }
  return sentences.length === 0
    ? episode
    : { ...episode, traits: [...sentences.slice(0, TOOLS), ...episode.traits] };
}

/**
 * The tools that an episode's traits name, by its packets or by what it called itself. For measuring: sentences are for
 * people, and what stands before the last words of one may be an attacker's.
 */
export function toolsNamed({ traits }: Pick<Episode, 'traits'>): readonly string[] {
  const named = traits.flatMap((sentence) => {
    const tool = sentence.startsWith(LOOKS_LIKE)
      ? sentence.slice(LOOKS_LIKE.length).split(':', 1)[0]
      : /, which is what ([^,"]+) does\.$/.exec(sentence)?.[1];
    return tool === undefined ? [] : tool.split(' or ');
  });
  return [...new Set(named)];
}
