import { controlWords, type ListedRule } from '../exposure/flow/list-rules.ts';
import { wrap } from '../report/wrap.ts';
import { safe, type Print } from './print.ts';

/** Columns of the names on the left. */
const MARGIN = 12;

/** A rule for a person to read: what it looks for, why, and what to review. Escaped. */
export function ruleText({ rule, pack, inForce }: ListedRule, print: Pick<Print, 'width' | 'paint'>): string {
  const lines: string[] = [`${print.paint('strong', safe(rule.id))}  ${safe(rule.title)}`, ''];
  const say = (name: string, text: string): void => {
    for (const [index, line] of wrap(safe(text), print.width - MARGIN).entries()) {
      lines.push(`${(index === 0 ? name : '').padEnd(MARGIN)}${line}`);
    }
  };
  say('pack', inForce ? pack : `${pack} (switched off by the policy)`);
  const turns = [
    ...(rule.whenNew === undefined ? [] : [`${rule.whenNew} when new`]),
    ...(rule.whenExpected === undefined ? [] : [`${rule.whenExpected} when expected`]),
  ];
  say('severity', [rule.severity, ...turns].join(', '));
  for (const [zone, severity] of Object.entries(rule.severityIn ?? {})) say('', `${severity} where ${zone}`);
  say('points', `${rule.points} towards ${rule.category}`);
  say('asked of', rule.on === 'change' ? 'every deviation' : `every ${rule.on}`);
  say('why', rule.why);
  say('impact', rule.impact);
  for (const [index, action] of rule.actions.entries()) say(index === 0 ? 'review' : '', action);
  for (const [index, reference] of rule.references.entries()) say(index === 0 ? 'see' : '', reference);
  for (const [index, id] of (rule.compliance ?? []).entries()) {
    say(index === 0 ? 'speaks to' : '', controlWords(id));
  }
  if (rule.replaces !== undefined) say('instead of', rule.replaces.join(', '));
  lines.push('', print.paint('quiet', 'condition (CEL)'));
  for (const line of rule.match.split('\n')) lines.push(`  ${safe(line)}`);
  return `${lines.join('\n')}\n`;
}
