import { formatInstant } from '../../time/instant.ts';
import { asFinding, type Outgoing, type OutgoingDigest } from '../../findings/outgoing.ts';
import type { Sender } from '../sink.ts';
import { toCef } from './cef.ts';
import { toEcs } from './ecs.ts';
import { toLeef } from './leef.ts';
import { toOcsf } from './ocsf.ts';
import { jsonLine, oneLine } from './one-line.ts';
import { findingWords } from './words.ts';

/** Formats in which a finding is one line, or one JSON document. */
export const LINE_FORMATS = ['json', 'ecs', 'ocsf', 'cef', 'leef', 'text'] as const;
export type LineFormat = (typeof LINE_FORMATS)[number];

/** Our own document: `tidemark/finding/1`, the finding as it is, or `tidemark/digest/1`. */
function toDocument(outgoing: Outgoing): Readonly<Record<string, unknown>> {
  if ('digest' in outgoing) return digestDocument(outgoing);
  const { key, revision, finding, state, lifecycle, alert, at } = asFinding(outgoing);
  return {
    schema: 'tidemark/finding/1',
    key,
    revision,
    at: formatInstant(at),
    ...(state === undefined ? {} : { state }),
    ...(lifecycle === undefined
      ? {}
      : { lifecycle: { ...lifecycle, since: formatInstant(lifecycle.since) } }),
    ...(alert === undefined ? {} : { alert }),
    finding: {
      ...finding,
      firstSeen: formatInstant(finding.firstSeen),
      lastSeen: formatInstant(finding.lastSeen),
    },
  };
}

function digestDocument({ key, revision, digest, at }: OutgoingDigest): Readonly<Record<string, unknown>> {
  return {
    schema: 'tidemark/digest/1',
    key,
    revision,
    at: formatInstant(at),
    digest: {
      ...digest,
      from: formatInstant(digest.from),
      to: formatInstant(digest.to),
      items: digest.items.map((item) => ({ ...item, firstSeen: formatInstant(item.firstSeen) })),
    },
  };
}

/** Formats in which a message is a JSON document. */
export type DocumentFormat = Extract<LineFormat, 'json' | 'ecs' | 'ocsf'>;

/** A message as the document of a format. */
export function documentOf(format: DocumentFormat, outgoing: Outgoing, sender: Sender): unknown {
  if (format === 'ecs') return toEcs(outgoing, sender);
  return format === 'ocsf' ? toOcsf(outgoing, sender) : toDocument(outgoing);
}

/** A message as one line without its line break; nothing in it acts on a terminal or ends the line. */
export function formatLine(format: LineFormat, outgoing: Outgoing, sender: Sender): string {
  switch (format) {
    case 'json':
    case 'ecs':
    case 'ocsf':
      return jsonLine(documentOf(format, outgoing, sender));
    case 'cef':
      return toCef(outgoing, sender);
    case 'leef':
      return toLeef(outgoing, sender);
    case 'text': {
      const { headline, about, observations } = findingWords(outgoing);
      return oneLine([headline, about, ...observations].filter((part) => part !== '').join('; '));
    }
    default:
      return format satisfies never;
  }
}
