import type { EpisodeDetail, EpisodeRow } from '../../api/recon.ts';
import type { ListedEpisode } from '../../assembly/stored-episodes.ts';
import { toFinding } from '../../recon/flow/summarise-episodes.ts';
import type { Episode } from '../../recon/model/episode.ts';
import type { EpisodePicture } from '../../recon/model/episode-picture.ts';
import { OUTCOMES } from '../../recon/model/outcome.ts';
import { standingOf } from '../../recon/model/standing.ts';
import type { FindingState } from '../../findings/judgement.ts';
import { formatInstant } from '../../time/instant.ts';
import { timeOrNull } from './values.ts';

/** Sources that a line of a list names. */
const NAMED_SOURCES = 8;
/** Sources that the page of an episode names. */
const MOST_SOURCES = 10_000;

/** One episode as a line of a list. */
export function episodeRow(listed: ListedEpisode): EpisodeRow {
  const { sources, joinedBy, first, last, families } = listed;
  return {
    ...listed,
    sources: sources.slice(0, NAMED_SOURCES),
    sourceCount: sources.length,
    joinedBy: joinedBy ?? null,
    first: formatInstant(first),
    last: formatInstant(last),
    families: [...families],
  };
}

/** An episode as its list has it. */
export function listedOf(episode: Episode, state: FindingState): ListedEpisode {
  const { id, severity, score, sources, joinedBy, internal, first, last, shape, depth, targets } = episode;
  return {
    id,
    title: toFinding(episode).title,
    severity,
    score,
    standing: standingOf(episode),
    state,
    sources,
    joinedBy,
    internal,
    first,
    last,
    shape,
    families: episode.families.map(({ family }) => family),
    depth,
    hosts: targets.hosts,
    ports: targets.ports,
    contacts: targets.contacts,
    transition: episode.transition.length > 0,
  };
}

/** Everything about one episode. */
export function episodeDetail(episode: Episode, picture: EpisodePicture, state: FindingState): EpisodeDetail {
  const { likelihood, confidence, targets, role, process, authorised } = episode;
  return {
    episode: episodeRow(listedOf(episode, state)),
    alarm: formatInstant(episode.alarm),
    techniques: [...episode.techniques],
    allSources: episode.sources.slice(0, MOST_SOURCES),
    trueSource: episode.trueSource ?? null,
    familiesWhy: episode.families.map((match) => ({ ...match })),
    likelihood: { ...likelihood, terms: likelihood.terms.map((term) => ({ ...term })) },
    confidence: { value: confidence.value, lowered: confidence.lowered.map((each) => ({ ...each })) },
    targets: {
      ...targets,
      networks: [...targets.networks],
      topPorts: targets.topPorts.map((each) => ({ ...each })),
    },
    outcomes: OUTCOMES.flatMap((outcome) => {
      const contacts = episode.outcomes[outcome];
      return contacts === undefined ? [] : [{ outcome, contacts }];
    }),
    openPorts: episode.openPorts.map((each) => ({ ...each })),
    openPortsLeftOut: episode.openPortsLeftOut,
    pace: { ...episode.pace },
    order: episode.order,
    traits: [...episode.traits],
    tools: episode.tools.map((tool) => ({ ...tool })),
    sending: episode.sending.map((trait) => ({ ...trait })),
    role: role === undefined ? null : { ...role },
    process: process === undefined ? null : { ...process },
    authorised: authorised === undefined ? null : { ...authorised, remainder: [...authorised.remainder] },
    transition: episode.transition.map(({ at, ...step }) => ({ ...step, at: formatInstant(at) })),
    exposed: episode.exposed.map(({ openSince, severity, ...each }) => ({
      ...each,
      openSince: timeOrNull(openSince),
      severity: severity ?? null,
    })),
    unusual: [...episode.unusual],
    timeline: timelineOf(episode),
    picture: {
      sources: [...picture.sources],
      targets: [...picture.targets],
      ports: [...picture.ports],
      points: picture.points.map(({ at, ...point }) => ({ ...point, at: formatInstant(at) })),
      contacts: picture.contacts,
    },
    records: episode.records.map(({ at, sensor, file, line, text }) => ({
      sensor,
      file,
      line,
      at: formatInstant(at),
      text,
    })),
  };
}

/** Where it began, where the evidence sufficed, each step of a way in, the newest contact; oldest first. */
function timelineOf({ first, alarm, last, likelihood, transition }: Episode): EpisodeDetail['timeline'] {
  const points = [
    { at: first, what: 'first' as const, text: 'first contact' },
    {
      at: alarm,
      what: 'alarm' as const,
      text: `the evidence sufficed after ${likelihood.contactsToAlarm} first contacts`,
    },
    ...transition.map(({ at, text }) => ({ at, what: 'step' as const, text })),
    { at: last, what: 'last' as const, text: 'newest contact' },
  ];
  return points
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, ...each }) => ({ ...each, at: formatInstant(at) }));
}
