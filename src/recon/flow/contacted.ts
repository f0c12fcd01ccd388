import type { Evidence, Finding, Observation } from '../../findings/finding.ts';
import { hostsOfFinding } from '../../findings/judgement.ts';
import { counted, listed } from '../../text/phrase.ts';
import { formatMinute } from '../../time/instant.ts';
import type { Episode } from '../model/episode.ts';
import { touchedName } from '../model/ip-protocol.ts';
import { standingOf } from '../model/standing.ts';

/** Sources that the sentence names, and episodes whose records it leads to. */
const NAMED = 5;

/**
 * Who turned to what a finding of our own scans is about, since it is open: the first of them first. What the ledger covers
 * is no part of it; nor is a scan that ended before the port was open. Undefined where nobody did.
 * @param episodes as they stand now
 */
export function contactedSince(finding: Finding, episodes: readonly Episode[]): Observation | undefined {
  const { port } = finding.subject;
  if (finding.half !== 'exposure' || port === undefined) return undefined;
  const hosts = new Set(hostsOfFinding(finding));
  const came = episodes
    .filter(
      (episode) =>
        standingOf(episode) !== 'authorised' &&
        episode.exposed.some(
          ({ destination, port: portid, protocol, openSince, closedUntil }) =>
            hosts.has(destination) &&
            touchedName(protocol, portid) === port &&
            episode.last >= (closedUntil ?? openSince ?? 0),
        ),
    )
    .toSorted((a, b) => a.first - b.first || (a.id < b.id ? -1 : 1));
  const [first] = came;
  if (first === undefined) return undefined;
  const sources = new Set(came.flatMap((episode) => episode.sources));
  const named = came.map(
    ({ sources: own, first: began, id }) =>
      `${own.length === 1 ? own[0]! : counted(own.length, 'source')} in a scan that began at ${formatMinute(began)} (finding ${id.slice(0, 10)})`,
  );
  return {
    text: `Since it is open ${counted(sources.size, 'source')} that no authorised scan explains turned to it: ${listed(named, NAMED)}`,
    since: first.first,
    evidence: came.slice(0, NAMED).flatMap(({ records }) =>
      records.map(({ sensor, file, line, at, text }): Evidence => ({
        kind: 'record',
        sensor,
        file,
        line,
        at,
        fact: text,
      })),
    ),
  };
}
