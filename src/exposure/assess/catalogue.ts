import { ENVIRONMENT } from './facts.ts';
import { BUILTIN_PACKS } from './packs/builtin.ts';
import type { Rule } from './rule.ts';
import { severityWhenExpected, severityWhenNew } from './standing.ts';

/** docs/rules.md: every built-in rule, from its data. */
export function renderRuleCatalogue(): string {
  const parts = [
    '# Built-in rules',
    '',
    'Made from the rules themselves by `renderRuleCatalogue()`; do not edit. How rules are written, overridden and',
    'switched off is in `policy.md`; how points become a risk is in `../src/findings/risk.ts`.',
    '',
    'Three severities: where a thing is new against the baseline, where nothing is known of what is normal, and where',
    'the baseline expects it. What a person has approved is one step milder than expected.',
    '',
    ...BUILTIN_PACKS.map((pack) => `- [${pack.name}](#${pack.name}): ${pack.about}`),
  ];
  for (const pack of BUILTIN_PACKS) {
    parts.push('', `## ${pack.name}`, '', pack.about);
    for (const rule of pack.rules) parts.push('', ...renderRule(rule));
  }
  return `${parts.join('\n')}\n`;
}

function renderRule(rule: Rule): string[] {
  const severities =
    rule.on === 'change'
      ? rule.severity
      : `new ${severityWhenNew(rule)}, unknown ${rule.severity}, expected ${severityWhenExpected(rule)}`;
  return [
    `### ${rule.id}`,
    '',
    `**${escapeMarkdown(rule.title)}.** ${escapeMarkdown(rule.why)}`,
    '',
    `- Severity: ${severities}; ${rule.points} points as ${rule.category}; asked of every ${rule.on === 'change' ? 'deviation' : rule.on}`,
    `- Impact: ${escapeMarkdown(rule.impact)}`,
    `- Review: ${rule.actions.map(escapeMarkdown).join(' ')}`,
    ...(rule.references.length === 0 ? [] : [`- References: ${rule.references.join('; ')}`]),
    ...(rule.replaces === undefined
      ? []
      : [`- Said instead of: ${rule.replaces.map((id) => `\`${id}\``).join(', ')}`]),
    '',
    '```cel',
    rule.match,
    '```',
  ];
}

/** The table of facts in docs/policy.md. */
export function renderEnvironment(): string {
  const rows = ENVIRONMENT.map(
    (field) => `| \`${field.name}\` | ${field.type} | ${field.doc.replaceAll('|', '\\|')} |`,
  );
  return ['| fact | type | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[*_<>|]/g, '\\$&');
}
