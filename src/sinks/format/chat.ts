import type { Outgoing } from '../../findings/outgoing.ts';
import { atMost } from './one-line.ts';
import { findingWords } from './words.ts';

/** Slack's limits: text of a header 150 characters, of a section 3000 (Block Kit reference). */
const SLACK = { header: 150, section: 3000 } as const;

/**
 * A finding as the body of a Slack incoming webhook: blocks of `plain_text`, in which Slack reads no markup and links
 * nothing. The `text` that notifications show has its three control characters escaped, as Slack's manual says.
 */
export function toSlack(outgoing: Outgoing): Readonly<Record<string, unknown>> {
  const { headline, about, observations, impact, actions, facts } = findingWords(outgoing);
  const plain = (text: string, longest: number) => ({
    type: 'plain_text',
    emoji: false,
    text: atMost(text, longest),
  });
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [
          {
            type: 'section',
            text: plain([title, ...lines.map((line) => `• ${line}`)].join('\n'), SLACK.section),
          },
        ];
  return {
    text: escapeSlack(headline),
    mrkdwn: false,
    blocks: [
      { type: 'header', text: plain(headline, SLACK.header) },
      ...(about === '' ? [] : [{ type: 'section', text: plain(about, SLACK.section) }]),
      ...section('What was seen', observations),
      ...(impact === '' ? [] : [{ type: 'section', text: plain(impact, SLACK.section) }]),
      ...section('What to do', actions),
      {
        type: 'context',
        elements: [plain(facts.map(([name, value]) => `${name}: ${value}`).join('  |  '), SLACK.section)],
      },
    ],
  };
}

/** `&`, `<` and `>` as entities: then no `<!channel>` and no link is read out of it. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * Teams takes 28 KB a message (Microsoft, "Create Incoming Webhooks"): a host that says much must not keep its finding from
 * people. Octets of JSON for the body of the card, and characters of one text.
 */
const TEAMS = { body: 24_000, text: 1000 } as const;

/**
 * A finding as the body of a Microsoft Teams webhook: an adaptive card of RichTextBlocks, the one element in whose runs
 * cards read no Markdown. What does not fit is left out from the end, and `…` says so.
 */
export function toTeams(outgoing: Outgoing): Readonly<Record<string, unknown>> {
  const { headline, about, observations, impact, actions, facts } = findingWords(outgoing);
  const rich = (text: string, style: Readonly<Record<string, unknown>> = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text: atMost(text, TEAMS.text), ...style }],
  });
  const head = [rich(headline, { weight: 'Bolder', size: 'Medium' }), ...(about === '' ? [] : [rich(about)])];
  const foot = rich(facts.map(([name, value]) => `${name}: ${value}`).join('  |  '), {
    isSubtle: true,
    size: 'Small',
  });
  const lines = [
    ...observations.map((line) => `• ${line}`),
    ...(impact === '' ? [] : [impact]),
    ...actions.map((line) => `→ ${line}`),
  ];
  const sizeOf = (block: object): number => Buffer.byteLength(JSON.stringify(block)) + 1;
  let room = TEAMS.body - [...head, foot, rich('…')].reduce((sum, block) => sum + sizeOf(block), 0);
  const rows = lines.map((line) => rich(line));
  const fitting = rows.findIndex((row) => (room -= sizeOf(row)) < 0);
  const shown = fitting < 0 ? rows : [...rows.slice(0, fitting), rich('…')];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [...head, ...shown, foot],
        },
      },
    ],
  };
}
