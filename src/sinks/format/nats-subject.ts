import { asFinding, type Outgoing } from '../../findings/outgoing.ts';

/** Placeholders of a subject. */
const PLACEHOLDER = /\{(half|severity|rule|state|id)\}/g;
/** A subject whose placeholders are filled in with something: tokens of visible ASCII without wildcards, dots between. */
const SUBJECT = /^[!-)+-=?-~]+$/;

/** Whether a template makes a subject that NATS takes (its manual: no blanks, no `*`, no `>`, no empty token). */
export function isSubjectTemplate(template: string): boolean {
  const sample = template.replace(PLACEHOLDER, 'x');
  return (
    SUBJECT.test(sample) && !/[{}]/.test(sample) && !sample.split('.').includes('') && !sample.startsWith('$')
  );
}

/** The subject of a message: each placeholder becomes one token, in which everything but letters, digits, `-` and `_` is `_`. */
export function subjectOf(template: string, outgoing: Outgoing): string {
  const { finding, state } = asFinding(outgoing);
  const { severity, rule, id } = finding;
  const half = 'digest' in outgoing ? 'digest' : finding.half;
  const values: Readonly<Record<string, string>> = { half, severity, rule, id, state: state ?? 'open' };
  return template.replace(
    PLACEHOLDER,
    (_, name: string) => values[name]!.replace(/[^A-Za-z0-9_-]/g, '_') || '_',
  );
}
