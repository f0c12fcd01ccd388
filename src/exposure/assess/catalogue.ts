import { ENVIRONMENT } from './facts.ts';
import { CONTROLS, STANDARDS } from './controls.ts';
import { BUILTIN_PACKS, BUILTIN_RULES } from './packs/builtin.ts';
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
    'the baseline expects it. What a person has approved is one step milder than expected. What stands under “By zone”',
    'takes the place of the second one for hosts that `policy.md` puts there; requirements are listed in `compliance.md`.',
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
  const zones = Object.entries(rule.severityIn ?? {})
    .map(([zone, severity]) => `${severity} where ${zone}`)
    .join(', ');
  return [
    `### ${rule.id}`,
    '',
    `**${escapeMarkdown(rule.title)}.** ${escapeMarkdown(rule.why)}`,
    '',
    `- Severity: ${severities}; ${rule.points} points as ${rule.category}; asked of every ${rule.on === 'change' ? 'deviation' : rule.on}`,
    ...(zones === '' ? [] : [`- By zone: ${zones}`]),
    `- Impact: ${escapeMarkdown(rule.impact)}`,
    `- Review: ${rule.actions.map(escapeMarkdown).join(' ')}`,
    ...(rule.references.length === 0 ? [] : [`- References: ${rule.references.join('; ')}`]),
    ...((rule.compliance ?? []).length === 0 ? [] : [`- Speaks to: ${rule.compliance?.join('; ')}`]),
    ...(rule.replaces === undefined
      ? []
      : [`- Said instead of: ${rule.replaces.map((id) => `\`${id}\``).join(', ')}`]),
    '',
    '```cel',
    rule.match,
    '```',
  ];
}

/** docs/compliance.md: requirements, and the rules that speak to them. */
export function renderComplianceIndex(): string {
  const parts = [
    '# Rules by requirement',
    '',
    'Made from the rules themselves by `renderComplianceIndex()`; do not edit. A finding of one of these rules is a reason',
    'to look at the requirement again. It neither proves nor disproves that the requirement is met: a scan sees ports, and',
    'no contracts, procedures or passwords. Only requirements are listed that a port can say something about.',
    '',
    'In scripts: `tidemark policy list --json` has them under `compliance`, and findings name them under `references`.',
  ];
  for (const [standard, { title, source }] of Object.entries(STANDARDS)) {
    parts.push('', `## ${standard}`, '', `${title}: <${source}>.`);
    parts.push('', '| requirement | in few words | rules |', '| --- | --- | --- |');
    for (const [id, words] of Object.entries(CONTROLS)) {
      if (!id.startsWith(`${standard} `)) continue;
      const rules = BUILTIN_RULES.filter((rule) => rule.compliance?.includes(id) === true);
      const links = rules.map((rule) => `[${rule.id}](rules.md#${rule.id.replaceAll('.', '')})`).join(', ');
      parts.push(`| ${id.slice(standard.length + 1)} | ${words} | ${links} |`);
    }
  }
  return `${parts.join('\n')}\n`;
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
