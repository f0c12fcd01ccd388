import { attributeTool } from '../../fingerprint/attribute-tool.ts';
import type { Opening } from '../../fingerprint/opening.ts';
import { byConfidence, type ToolMatch } from '../../fingerprint/tool-match.ts';
import type { Instant } from '../../time/instant.ts';
import { fragmentedOpenings } from '../detect/fragmented-or-decoy/judge.ts';
import { sendingOfOpenings } from '../detect/sending.ts';
import type { ActivityReader } from '../model/activity-reader.ts';
import type { Episode, Family, FamilyMatch } from '../model/episode.ts';
import type { SendingTrait } from '../model/sending.ts';

/** Sources of a campaign whose first packets are looked at: they act alike. */
const SOURCES = 16;

/** Sentences about tools that an episode's traits begin with. */
const SENTENCES = 3;

/** The last targets may be tried again after the last of them was new, in microseconds: Nmap and systems do within seconds. */
const TAIL = 10e6;

/** The sign that is about several sources. */
const DECOYS = 'nmap/decoys';

/**
 * The episode with what its first packets look like, and whether they were cut to hide, beside what else is known of its tools, and the surest sign of each
 * tool put before its other traits. Decided after the episode is, so it can neither make one nor end one. Background is
 * counted, not explained.
 */
export async function nameTools(episode: Episode, reader: ActivityReader): Promise<Episode> {
  if (episode.noise) return episode;
  const scope = { from: episode.first, to: (episode.last + TAIL) as Instant };
  const openings: Opening[] = [];
  for (const source of episode.sources.slice(0, SOURCES))
    openings.push(...(await reader.openings(source, scope)));
  const tools = merged(episode.tools, attributeTool(openings));
  const sending = refined(episode.sending, sendingOfOpenings(openings));
  const said = new Set<string>();
  const sentences: string[] = [];
  for (const { tool, signature, text, basis } of tools) {
    // That several sources are one is said besides.
    const key = signature === DECOYS ? signature : tool;
    // What it called itself is a trait already, in its own words.
    if (!said.has(key) && !signature.endsWith('/agent')) sentences.push(text);
    if (basis !== 'said' || !signature.endsWith('/agent')) said.add(key);
  }
  return {
    ...episode,
    families: withFragments(episode.families, openings),
    tools,
    sending,
    traits: [...sentences.slice(0, SENTENCES), ...episode.traits],
  };
}

/** Fragments say how it hid: behind what was asked of services, before how wide and fast it was. */
function withFragments(
  families: readonly FamilyMatch[],
  openings: readonly Opening[],
): readonly FamilyMatch[] {
  const match = fragmentedOpenings(openings);
  if (match === undefined || families.some(({ family }) => family === match.family)) return families;
  const asked = families.filter(({ family }) => ASKED.has(family));
  return [...asked, match, ...families.filter(({ family }) => !ASKED.has(family))];
}

const ASKED: ReadonlySet<Family> = new Set(['service-enumeration', 'internal-discovery']);

/** Each signature once: from packets where there are some, since they were all seen and not only the first of each target. */
function merged(known: readonly ToolMatch[], ofPackets: readonly ToolMatch[]): readonly ToolMatch[] {
  const fresh = new Set(ofPackets.map(({ signature }) => signature));
  return [...ofPackets, ...known.filter(({ signature }) => !fresh.has(signature))].toSorted(byConfidence);
}

/** Each aspect once, packets first for the same reason. */
function refined(
  known: readonly SendingTrait[],
  ofPackets: readonly SendingTrait[],
): readonly SendingTrait[] {
  const fresh = new Set(ofPackets.map(({ aspect }) => aspect));
  return [...ofPackets, ...known.filter(({ aspect }) => !fresh.has(aspect))];
}

/** The tools that an episode names. */
export function toolsNamed({ tools }: Pick<Episode, 'tools'>): readonly string[] {
  return [...new Set(tools.map(({ tool }) => tool))];
}
