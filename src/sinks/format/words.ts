import type { Finding } from '../../findings/finding.ts';
import { formatMinute } from '../../time/instant.ts';
import type { OutgoingFinding } from '../../findings/outgoing.ts';
import { oneLine } from './one-line.ts';

/** Hosts and observations that words name; the rest is counted. */
const NAMED_HOSTS = 10;
const NAMED_OBSERVATIONS = 10;

/** A finding in the words that mail and chat show. Every line is one line, in plain characters, not escaped for any format. */
export interface FindingWords {
  /** `HIGH: 3389/tcp (ms-wbt-server) is open`. */
  readonly headline: string;
  /** `10.0.0.5, 10.0.0.6 and 3 more`; empty without hosts. */
  readonly about: string;
  readonly observations: readonly string[];
  readonly impact: string;
  readonly actions: readonly string[];
  /** Where it can be looked up: identifier, rule, times. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** The words of a finding. */
export function findingWords({ key, finding, state }: OutgoingFinding): FindingWords {
  const shown = finding.observations
    .slice(0, NAMED_OBSERVATIONS)
    .map(({ text, unusual }) => oneLine(unusual === undefined ? text : `${text} (${unusual})`));
  const more = finding.observations.length - shown.length;
  return {
    headline: oneLine(`${finding.severity.toUpperCase()}: ${finding.title}`),
    about: aboutOf(finding),
    observations: more === 0 ? shown : [...shown, `and ${more} more observations`],
    impact: oneLine(finding.impact),
    actions: finding.actions.map(oneLine),
    facts: [
      ['Finding', oneLine(finding.id)],
      ['Rule', oneLine(finding.rule)],
      ['Confidence', `${Math.round(finding.confidence.value * 100)} %`],
      ['First seen', formatMinute(finding.firstSeen)],
      ['Last seen', formatMinute(finding.lastSeen)],
      ...(state === undefined ? [] : [['State', oneLine(state)] as const]),
      ['Message', oneLine(key)],
    ],
  };
}

function aboutOf({ subject }: Finding): string {
  const hosts = subject.hosts ?? (subject.host === undefined ? [] : [subject.host]);
  if (hosts.length === 0) return oneLine(subject.network ?? '');
  const more = hosts.length - NAMED_HOSTS;
  const named = hosts.slice(0, NAMED_HOSTS).join(', ');
  return oneLine(more > 0 ? `${named} and ${more} more` : named);
}

/** The words as a text of several lines, for mail. */
export function textOf(outgoing: OutgoingFinding): string {
  const { headline, about, observations, impact, actions, facts } = findingWords(outgoing);
  const list = (items: readonly string[]) => items.map((item) => `  - ${item}`);
  return [
    headline,
    ...(about === '' ? [] : [about]),
    '',
    ...(observations.length === 0 ? [] : ['What was seen:', ...list(observations), '']),
    ...(impact === '' ? [] : [impact, '']),
    ...(actions.length === 0 ? [] : ['What to do:', ...list(actions), '']),
    ...facts.map(([name, value]) => `${name}: ${value}`),
    '',
  ].join('\n');
}
