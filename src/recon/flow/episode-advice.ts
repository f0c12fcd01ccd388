import { touchedName } from '../model/ip-protocol.ts';
import type { Episode } from '../model/episode.ts';
import { formatMinute } from '../../time/instant.ts';

/** What could follow from an episode, and what to look at. Parts may be attacker-written: escape. */
export interface EpisodeAdvice {
  /** One or two sentences. */
  readonly impact: string;
  /** Review steps, imperative, what settles most first. */
  readonly actions: readonly string[];
  /** Where to read on. */
  readonly references: readonly string[];
}

/** Names listed in one sentence: an alert that lists forty ports is not read. */
const NAMED = 4;

/** Advice on one episode: plain words, never an exploit and never a block without a person. */
export function adviseOn(episode: Episode): EpisodeAdvice {
  return { impact: impactOf(episode), actions: actionsOn(episode), references: referencesOf(episode) };
}

function impactOf(episode: Episode): string {
  const { transition, openPorts, openPortsLeftOut, internal, depth } = episode;
  const entered = transition.find(({ step }) => step === 'session' || step === 'outbound');
  if (entered !== undefined) {
    return `Somebody may be inside ${entered.destination}: take it for compromised until it is shown not to be.`;
  }
  const tried = transition.find(({ step }) => step === 'exploit-attempt' || step === 'credential-burst');
  if (tried !== undefined) {
    return `The scan was followed by an attempt on ${tried.destination}: whether it worked is the question now.`;
  }
  const open = openPorts.length + openPortsLeftOut;
  const found = open === 0 ? 'nothing open' : open === 1 ? 'one open port' : `${open} open ports`;
  if (internal) {
    return `A machine of ours maps the network and found ${found}: it is misused, or its task is not known here.`;
  }
  if (open === 0) return 'The source learned which addresses do not answer; little is lost so far.';
  const deeper = depth === 'touched' ? '' : ' and what runs on them';
  return `The source knows ${found} of ours${deeper}: what is tried next is tried there.`;
}

function actionsOn(episode: Episode): readonly string[] {
  const { transition, exposed, authorised, internal, joinedBy, trueSource, sources } = episode;
  const actions: string[] = [];
  const deepest = transition.at(-1);
  const began = transition.find(({ step }) => step !== 'discovery' && step !== 'service-probe') ?? deepest;
  if (deepest !== undefined && ['session', 'outbound'].includes(deepest.step)) {
    actions.push(
      `Look at ${deepest.destination} now: new processes, accounts, files and connections since ${formatMinute(began?.at ?? deepest.at)}; isolate it if you cannot explain them.`,
    );
  } else if (deepest !== undefined && ['exploit-attempt', 'credential-burst'].includes(deepest.step)) {
    actions.push(
      `Read the logs of ${deepest.destination} around ${formatMinute(deepest.at)}: did the attempt succeed?`,
    );
  }
  if (authorised !== undefined && authorised.remainderContacts > 0) {
    actions.push(
      `Ask the owner of ${authorised.entry} why the scan went further than agreed (${authorised.remainder.join('; ')}).`,
    );
  }
  if (internal) actions.push(askInside(episode));
  const fresh = exposed.filter((each) => each.newSinceBaseline);
  if (fresh.length > 0) {
    actions.push(
      `Check whether ${named(fresh.map((each) => `${touchedName(each.protocol, each.port)} on ${each.destination}`))} should be open: new since the baseline.`,
    );
  }
  const open = episode.openPorts.length > 0 ? episode.openPorts : exposed;
  if (!internal && open.length > 0) {
    actions.push(
      `Decide which of the open ports must be reachable from there; restrict the rest (${named(open.map((each) => `${touchedName(each.protocol, each.port)} on ${each.destination}`))}).`,
    );
  }
  if (joinedBy === 'decoys') {
    actions.push(
      trueSource === undefined
        ? 'Do not block the sources one by one: all but one are forged.'
        : `Look at ${trueSource}: it came back with a connection; the other sources are forged.`,
    );
  }
  const only = sources.length === 1 ? sources[0] : undefined;
  if (authorised === undefined && only !== undefined && transition.length === 0) {
    actions.push(
      internal
        ? `If this is its task: tidemark roles approve ${only} ROLE --why WORDS, or enter the scan in the ledger.`
        : 'If somebody of ours ordered it, enter it in the ledger of authorised scans.',
    );
  }
  return actions;
}

function askInside({ process, sources, trueSource, first }: Episode): string {
  if (process !== undefined && process.executable !== '') {
    const user = process.user === '' ? 'the user' : process.user;
    return `Ask ${user} on ${process.host === '' ? (sources[0] ?? 'the source') : process.host} what ${process.executable} did at ${formatMinute(first)}.`;
  }
  const who = trueSource ?? (sources.length === 1 ? sources[0] : undefined);
  return `Find out who used ${who ?? 'the sources'} at ${formatMinute(first)}, and which process made the connections.`;
}

/** MITRE ATT&CK techniques that the steps are (attack.mitre.org, Enterprise v15). */
function referencesOf({ internal, transition }: Episode): readonly string[] {
  const steps = new Set(transition.map(({ step }) => step));
  return [
    internal
      ? 'https://attack.mitre.org/techniques/T1046/'
      : 'https://attack.mitre.org/techniques/T1595/001/',
    ...(steps.has('exploit-attempt') ? ['https://attack.mitre.org/techniques/T1190/'] : []),
    ...(steps.has('credential-burst') ? ['https://attack.mitre.org/techniques/T1110/'] : []),
  ];
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}
