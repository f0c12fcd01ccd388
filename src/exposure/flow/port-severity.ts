import type { Severity } from '../../findings/severity.ts';
import { compareSeverity } from '../../findings/severity.ts';
import { parsePortKey } from '../../net/port-key.ts';
import { NOTHING } from '../assess/facts.ts';
import { EMPTY_POLICY, type Policy } from '../assess/policy.ts';
import { RuleEngine } from '../assess/rule-engine.ts';
import { severityOf } from '../assess/standing.ts';
import type { PortSeverity } from '../model/surprise.ts';

/** Severities as the surprise model multiplies by them: set by judgement, critical is all of it. */
const SHARE: Readonly<Record<Severity, number>> = {
  info: 0.2,
  low: 0.35,
  medium: 0.6,
  high: 0.85,
  critical: 1,
};

/** A new port that no rule speaks of: what nobody knows is not harmless. */
const UNSPOKEN = 0.5;

/** Services that listen for people or programs as a matter of course, and that no rule speaks of. */
const EVERYDAY: ReadonlySet<string> = new Set([
  'http 80',
  'https 443',
  'http 443',
  'domain 53',
  'ntp 123',
  'ipp 631',
]);

/** Something listens, and what it is could not be made out; `tcpwrapped` closes without a word. */
const UNRECOGNISED: ReadonlySet<string> = new Set(['', 'unknown', 'tcpwrapped']);

/** Answers are remembered by what hosts say of themselves, so there is an end. */
const ANSWERS_KEPT = 20_000;

/** How bad a port is where it is new, asked of the rules in force: the most severe one that holds for it. */
export function portSeverity(policy: Policy = EMPTY_POLICY): PortSeverity {
  const engine = new RuleEngine(policy);
  const answers = new Map<string, number>();
  return ({ key, service, product }) => {
    const question = `${key} ${service} ${product}`;
    const known = answers.get(question);
    if (known !== undefined) return known;
    const answer = ask(engine, key, service, product);
    if (answers.size >= ANSWERS_KEPT) answers.clear();
    answers.set(question, answer);
    return answer;
  };
}

function ask(engine: RuleEngine, key: string, service: string, product: string): number {
  const parsed = parsePortKey(key);
  if (parsed === undefined) return UNSPOKEN;
  const tls = service.startsWith('ssl/');
  const name = tls ? service.slice(4) : service;
  const named = {
    name,
    ...(product === '' ? { method: 'table' } : { product, method: 'probed' }),
    ...(tls ? { tunnel: 'ssl' } : {}),
  };
  const port = { ...parsed, state: 'open', scripts: [], ...(name === '' ? {} : { service: named }) } as const;
  const severities = engine
    .matchPort(port, { ...NOTHING, host: {}, run: {} })
    .map((loaded) => severityOf(loaded, 'new', undefined, undefined))
    .toSorted(compareSeverity);
  if (severities[0] !== undefined) return SHARE[severities[0]];
  if (EVERYDAY.has(`${name} ${parsed.portid}`)) return SHARE.info;
  return UNRECOGNISED.has(name) ? SHARE.medium : UNSPOKEN;
}
