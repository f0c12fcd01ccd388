import type { BaselineDifference } from '../../exposure/flow/baselines.ts';
import type { ExpectedHost, ExpectedPort, Provenance } from '../../exposure/model/baseline.ts';
import { clip } from '../../text/acting-characters.ts';
import { counted } from '../../text/phrase.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import { serviceWords } from '../host-history.ts';
import { safe, type Print } from '../print.ts';

/** Characters of a value that fit a line beside its other half; JSON has the whole. */
const LONGEST = 32;

/** One difference between two versions, as a line; escaped. */
export function differenceText(difference: BaselineDifference, { paint }: Pick<Print, 'paint'>): string {
  const { host } = difference;
  const marked = (mark: '+' | '-' | '~', words: string): string =>
    `${paint(mark === '-' ? 'good' : 'medium', mark)} ${host} ${safe(words)}\n`;
  const turn = (before: string, after: string): string =>
    `${clip(before || 'none', LONGEST)} → ${clip(after || 'none', LONGEST)}`;
  switch (difference.kind) {
    case 'host-added':
      return marked('+', `with ${counted(difference.after.ports.size, 'port')}`);
    case 'host-removed':
      return marked('-', `with ${counted(difference.before.ports.size, 'port')}`);
    case 'host-changed':
      return marked('~', `${difference.attribute}: ${turn(difference.before, difference.after)}`);
    case 'port-added':
      return marked('+', portWords(difference.after));
    case 'port-removed':
      return marked('-', portWords(difference.before));
    case 'port-changed':
      return marked(
        '~',
        `${difference.port} ${difference.attribute}: ${turn(difference.before, difference.after)}`,
      );
    default:
      return difference satisfies never;
  }
}

function portWords(port: ExpectedPort): string {
  const service = serviceWords(port);
  return `${port.port} ${port.state}${service === '' ? '' : ` ${service}`} (${provenanceWords(port.provenance)})`;
}

/** The same in JSON output. */
export function differenceJson(difference: BaselineDifference): Record<string, unknown> {
  switch (difference.kind) {
    case 'host-added':
      return { ...difference, after: hostJson(difference.after) };
    case 'host-removed':
      return { ...difference, before: hostJson(difference.before) };
    case 'port-added':
      return { ...difference, after: portJson(difference.after) };
    case 'port-removed':
      return { ...difference, before: portJson(difference.before) };
    case 'host-changed':
    case 'port-changed':
      return { ...difference };
    default:
      return difference satisfies never;
  }
}

/** Why something is expected: `learned`, `approved by alice until …: CHG-1142`. Unescaped. */
export function provenanceWords(provenance: Provenance): string {
  if (provenance.kind === 'learned') return 'learned';
  const until = provenance.until === undefined ? '' : ` until ${formatMinute(provenance.until)}`;
  return `approved by ${provenance.by}${until}${provenance.note === '' ? '' : `: ${provenance.note}`}`;
}

/** A host of a baseline in JSON output. */
export function hostJson(host: ExpectedHost): Record<string, unknown> {
  const { ports, provenance, before: _before, ...rest } = host;
  return { ...rest, provenance: provenanceJson(provenance), ports: [...ports.values()].map(portJson) };
}

function portJson(port: ExpectedPort): Record<string, unknown> {
  const { provenance, before: _before, ...rest } = port;
  return { ...rest, provenance: provenanceJson(provenance) };
}

function provenanceJson(provenance: Provenance): Record<string, unknown> {
  if (provenance.kind === 'learned') return { ...provenance };
  const { at, until, ...rest } = provenance;
  return { ...rest, at: formatInstant(at), ...(until === undefined ? {} : { until: formatInstant(until) }) };
}
