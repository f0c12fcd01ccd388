import { z } from 'zod';
import { SEVERITIES, type Severity } from '../../findings/severity.ts';
import { ZONES } from './zone.ts';

const severity = z.enum(SEVERITIES as [Severity, ...Severity[]]);
const ruleId = z
  .string()
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)+$/, 'must be lower-case words joined by dots or dashes, at least two');
const network = z.string().describe('An address or a block: 10.0.0.0/8, 2001:db8::/32');
const port = z.string().describe('A port as Nmap prints it: 443/tcp');
const sentence = z.string().min(1).max(1_000);
const zone = z.enum(ZONES);
const severityIn = z.partialRecord(zone, severity);

const Scope = z
  .strictObject({
    networks: z.array(network).min(1).optional().describe('One of these networks'),
    roles: z.array(z.string()).min(1).optional().describe('One of these roles'),
    zones: z.array(zone).min(1).optional().describe('One of these zones'),
    ports: z.array(port).min(1).optional().describe('One of these ports'),
  })
  .describe('Where it applies: each kind that is given has to fit');

const Test = z.strictObject({
  name: sentence,
  facts: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .describe('Sparse facts: what is left out is empty'),
  expect: z.boolean(),
});

const RuleEntry = z.strictObject({
  id: ruleId.describe('Your own identifier; it must not be one of a built-in rule'),
  title: sentence,
  on: z
    .enum(['port', 'host', 'change'])
    .default('port')
    .describe('Asked of every open port, every host, or every deviation'),
  severity,
  when_new: severity.optional().describe('Severity where it is new against the baseline'),
  when_expected: severity.optional().describe('Severity where the baseline expects it'),
  severity_in: severityIn.optional().describe('Severity for hosts of a zone, whatever the baseline expects'),
  points: z.int().min(0).max(100).default(20).describe('Posture points, 0–100'),
  match: z.string().min(1).describe('The condition, in CEL'),
  states: z.array(z.string()).min(1).optional().describe('Port states it is asked of; open unless given'),
  where: Scope.optional(),
  why: sentence,
  impact: sentence.default('The policy of this network is not kept.'),
  actions: z
    .array(sentence)
    .min(1)
    .default(['Bring the host in line with the policy, or record an exception.']),
  references: z.array(sentence).default([]),
  compliance: z
    .array(sentence)
    .default([])
    .describe('Requirements that it speaks to: PCI DSS 4.0 2.2.4, CIS v8 4.8, or yours'),
  replaces: z.array(z.string()).optional().describe('Rules that need not be said where this one is'),
  tests: z.array(Test).default([]),
});

const ExceptionEntry = z.strictObject({
  rule: z.string(),
  where: Scope,
  reason: sentence.describe('Who accepted it and why'),
  until: z.string().optional().describe('Last day, 2026-12-31, or an instant with a zone'),
});

/** The policy file as people write it. */
export const PolicyFile = z
  .strictObject({
    version: z.literal(1),
    name: sentence.max(60).optional().describe('What its rules are listed under; policy unless given'),
    packs: z
      .array(z.string().min(1))
      .default([])
      .describe('Further policy files whose rules apply as well, relative to this file'),
    roles: z
      .record(z.string(), z.array(network).min(1))
      .default({})
      .describe('Names for parts of the network'),
    zones: z
      .partialRecord(zone, z.array(network).min(1))
      .default({})
      .describe('Which networks strangers, we all, or only administrators can reach'),
    disable: z.array(z.string()).default([]).describe('Built-in rules that are not asked'),
    severity: z
      .record(z.string(), severity)
      .default({})
      .describe('Severities of built-in rules, whatever the baseline expects'),
    severity_in: z
      .record(z.string(), severityIn)
      .default({})
      .describe('The same for hosts of a zone; goes before severity'),
    rules: z.array(RuleEntry).default([]).describe('Your own rules'),
    exceptions: z.array(ExceptionEntry).default([]).describe('Findings that are known and accepted'),
  })
  .describe('Policy of Tidemark');

/** A policy file that has the right shape, defaults filled in. */
export type PolicyDocument = z.output<typeof PolicyFile>;

/** JSON Schema of the policy file, for editors. */
export function policyJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(PolicyFile, { io: 'input' });
}
