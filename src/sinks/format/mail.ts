import { asFinding, type Outgoing } from '../../findings/outgoing.ts';
import { formatMinute } from '../../time/instant.ts';
import { atMost, oneLine } from './one-line.ts';
import { findingWords, textOf, type FindingWords } from './words.ts';

/** A message as a mail, without its envelope. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Without angle brackets. Made of the key: the same message has the same. */
  readonly messageId: string;
  /** Beginning of the thread of the finding, which all of its versions name; no mail has it as its own. */
  readonly thread: string;
}

/** Longest subject, in characters; RFC 5322 would allow 998 octets in a line, people read less. */
const LONGEST_SUBJECT = 200;

/** The mail of a message, whose identifiers end in the domain. */
export function toMail(outgoing: Outgoing, domain: string): Mail {
  const words = findingWords(outgoing);
  const about = words.about === '' ? '' : ` (${words.about})`;
  return {
    // Mail programs decode `=?…?=` in a subject (RFC 2047): a host that says so would write into it what it likes.
    subject: atMost(oneLine(`[Tidemark] ${words.headline}${about}`).replaceAll('=?', '= ?'), LONGEST_SUBJECT),
    text: textOf(outgoing),
    html: htmlOf(words, formatMinute(outgoing.at)),
    messageId: `${outgoing.key}@${domain}`,
    thread: `${asFinding(outgoing).finding.id}@${domain}`,
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text of an element. Nothing that acts is left in words, so markup is all there is to escape. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/**
 * The words as HTML that loads nothing: no picture, no style sheet, no link, so that opening the mail tells nobody. Every
 * text is isolated from the direction of its neighbours.
 */
function htmlOf({ headline, about, observations, impact, actions, facts }: FindingWords, at: string): string {
  const bdi = (text: string): string => `<bdi>${escaped(text)}</bdi>`;
  const list = (title: string, items: readonly string[]): readonly string[] =>
    items.length === 0
      ? []
      : [
          `<h2 style="font-size:1em">${title}</h2>`,
          '<ul>',
          ...items.map((item) => `<li>${bdi(item)}</li>`),
          '</ul>',
        ];
  const rows = [...facts, ['Sent', at] as const].map(
    ([name, value]) => `<tr><th align="left">${escaped(name)}</th><td>${bdi(value)}</td></tr>`,
  );
  return [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta charset="utf-8"><title>Tidemark</title></head>',
    '<body style="font-family:sans-serif">',
    `<h1 style="font-size:1.2em">${bdi(headline)}</h1>`,
    ...(about === '' ? [] : [`<p>${bdi(about)}</p>`]),
    ...list('What was seen', observations),
    ...(impact === '' ? [] : [`<p>${bdi(impact)}</p>`]),
    ...list('What to do', actions),
    `<table style="color:#555;font-size:.85em">`,
    ...rows,
    '</table>',
    '</body></html>',
    '',
  ].join('\n');
}
