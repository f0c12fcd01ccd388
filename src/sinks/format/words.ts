import type { Finding } from '../../findings/finding.ts';
import { formatMinute } from '../../time/instant.ts';
import { asFinding, itemWords, type Outgoing, type OutgoingDigest } from '../../findings/outgoing.ts';
import { oneLine } from './one-line.ts';

/** Hosts and observations that words name; the rest is counted. */
const NAMED_HOSTS = 10;
const NAMED_OBSERVATIONS = 10;

/** A finding in the words that mail and chat show. Every line is one line, in plain characters, not escaped for any format. */
export interface FindingWords {
  /** `HIGH: 3389/tcp (ms-wbt-server) is open`; of what is not open any more `RESOLVED (HIGH): …`, by its state. */
  readonly headline: string;
  /** `10.0.0.5, 10.0.0.6 and 3 more`; empty without hosts. */
  readonly about: string;
  readonly observations: readonly string[];
  readonly impact: string;
  readonly actions: readonly string[];
  /** Where it can be looked up: identifier, rule, times. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** The words of a message. */
export function findingWords(outgoing: Outgoing): FindingWords {
  if ('digest' in outgoing) return digestWords(outgoing);
  const { key, finding, state, lifecycle } = asFinding(outgoing);
  const shown = finding.observations
    .slice(0, NAMED_OBSERVATIONS)
    .map(({ text, unusual }) => oneLine(unusual === undefined ? text : `${text} (${unusual})`));
  const more = finding.observations.length - shown.length;
  return {
    headline: oneLine(`${wordOf(finding, state)}: ${finding.title}`),
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
      ...(state === undefined
        ? []
        : [['State', oneLine(lifecycle === undefined ? state : `${state}: ${lifecycle.why}`)] as const]),
      ['Message', oneLine(key)],
    ],
  };
}

/** The first word says what is asked: an end must not look like another alarm. */
function wordOf({ severity }: Finding, state: string | undefined): string {
  const grave = severity.toUpperCase();
  return state === undefined || state === 'open' ? grave : `${state.toUpperCase()} (${grave})`;
}

/** A digest in the same shape: its items stand where observations do, all that it names. */
function digestWords({ key, digest }: OutgoingDigest): FindingWords {
  const { title, severity, counts, items, leftOut, from, to, readAll, id } = digest;
  return {
    headline: oneLine(counts.open === 0 ? title : `${severity.toUpperCase()}: ${title}`),
    about: '',
    observations: [
      ...items.map((item) => oneLine(itemWords(item))),
      ...(leftOut === 0 ? [] : [`and ${leftOut} more`]),
    ],
    impact: '',
    actions: [oneLine(`Read all of them: ${readAll}`)],
    facts: [
      ['Digest', oneLine(id)],
      ['From', formatMinute(from)],
      ['To', formatMinute(to)],
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
export function textOf(outgoing: Outgoing): string {
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
