import type { Episode, TransitionStep } from '../model/episode.ts';
import { touchedName } from '../model/ip-protocol.ts';
import { listed } from '../../text/phrase.ts';
import { isNew } from './meeting.ts';
import { isFullyAuthorised } from './apply-ledger.ts';
import { deepestStep } from './title.ts';

/** What could follow, in plain words. */
export function impactOf(episode: Episode): string {
  const deepest = deepestStep(episode);
  if (deepest !== undefined) {
    switch (deepest.step) {
      case 'outbound':
        return `${deepest.destination} may be under somebody else's control and be used to reach further.`;
      case 'session':
        return `Somebody may be logged in on ${deepest.destination} who should not be.`;
      case 'credential-burst':
        return `A guessed password would open ${deepest.destination} to whoever tried.`;
      case 'exploit-attempt':
      case 'discovery':
      case 'service-probe':
        return `If ${deepest.destination} is vulnerable to what was sent, it is in other hands.`;
      default:
        return deepest.step satisfies never;
    }
  }
  if (isFullyAuthorised(episode)) return 'None expected: the scan is authorised and kept to its limits.';
  const fresh = episode.exposed.filter((target) => isNew(target, episode));
  if (fresh.length > 0)
    return 'Somebody now knows of a service that we opened only recently, and may come back for it.';
  if (episode.exposed.length > 0 || episode.openPorts.length > 0)
    return 'Somebody now knows which of our services can be reached, and may come back for them.';
  return episode.internal
    ? 'A machine of ours that looks for others is often the second step of a break-in.'
    : 'Somebody is learning what we have; nothing open was found.';
}

/** Review steps, imperative. Nothing is done to anybody; isolating is a person's decision. */
export function actionsOf(episode: Episode): string[] {
  const { authorised, internal, sources, process } = episode;
  const who = sources.length === 1 ? sources[0]! : `the ${sources.length} sources`;
  if (authorised !== undefined && isFullyAuthorised(episode))
    return [
      `Nothing to do. If the scan was not expected, ask the owner of the ledger's entry ${authorised.entry}.`,
    ];
  const steps: string[] = [];
  const deepest = deepestStep(episode);
  if (deepest !== undefined) {
    steps.push(
      `Read the sessions, logins and new processes of ${deepest.destination} from the time of the last step on.`,
      `Let the person in charge decide whether ${deepest.destination}${internal ? ` and ${who}` : ''} should be isolated.`,
    );
  }
  if (authorised !== undefined)
    steps.push(
      `Ask the owner of the ledger's entry ${authorised.entry} whether the part outside it was meant, and correct the scan or the entry.`,
    );
  const fresh = episode.exposed.filter((target) => isNew(target, episode));
  if (fresh.length > 0)
    steps.push(
      `Find out who opened ${listed(
        fresh.map((target) => `${target.destination} ${touchedName(target.protocol, target.port)}`),
        3,
      )} and whether it must be reachable.`,
    );
  if (episode.joinedBy === 'decoys')
    steps.push(
      'Do not block the sources one by one: all but one are forged, and their owners have done nothing.',
    );
  if (internal) {
    steps.push(
      process === undefined
        ? `Ask the owner of ${who} which program made these contacts, and look at the processes of that time.`
        : `Ask ${process.user === '' ? `the owner of ${process.host}` : process.user} what ${process.executable} was run for.`,
      'If it is a scan that should be, write it into the ledger; if it is what the machine always does, approve it as normal.',
    );
  } else {
    if (fresh.length === 0 && (episode.exposed.length > 0 || episode.openPorts.length > 0))
      steps.push('Check that the services it reached must be reachable from outside, and are up to date.');
    steps.push(`See whether ${episode.trueSource ?? who} came back with other traffic than this.`);
  }
  return steps;
}

/** MITRE ATT&CK techniques by name and address (Enterprise matrix). */
const ATTACK = {
  T1046: 'MITRE ATT&CK T1046 Network Service Discovery https://attack.mitre.org/techniques/T1046/',
  T1018: 'MITRE ATT&CK T1018 Remote System Discovery https://attack.mitre.org/techniques/T1018/',
  T1595: 'MITRE ATT&CK T1595 Active Scanning https://attack.mitre.org/techniques/T1595/',
  T1110: 'MITRE ATT&CK T1110 Brute Force https://attack.mitre.org/techniques/T1110/',
  T1190: 'MITRE ATT&CK T1190 Exploit Public-Facing Application https://attack.mitre.org/techniques/T1190/',
  T1210: 'MITRE ATT&CK T1210 Exploitation of Remote Services https://attack.mitre.org/techniques/T1210/',
} as const;

/** Where to read on. */
export function referencesOf(episode: Episode): string[] {
  const references: string[] = [];
  const has = (step: TransitionStep['step']): boolean => episode.transition.some((one) => one.step === step);
  if (!episode.internal) references.push(ATTACK.T1595);
  if (episode.internal && episode.targets.hosts > 1) references.push(ATTACK.T1018);
  if (episode.internal) references.push(ATTACK.T1046);
  if (has('credential-burst')) references.push(ATTACK.T1110);
  if (has('exploit-attempt')) references.push(episode.internal ? ATTACK.T1210 : ATTACK.T1190);
  return references;
}
