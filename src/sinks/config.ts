import * as z from 'zod';
import { SEVERITIES } from '../findings/severity.ts';
import { LINE_FORMATS } from './format/line.ts';
import { FACILITIES, type Facility } from './format/syslog.ts';
import { webhookKey } from './transport/web-sinks.ts';

/** Kinds of sinks. */
const SINK_KINDS = [
  'file',
  'stdout',
  'syslog',
  'webhook',
  'elasticsearch',
  'splunk',
  'slack',
  'teams',
] as const;
type SinkKind = (typeof SINK_KINDS)[number];

const WEB: readonly SinkKind[] = ['webhook', 'elasticsearch', 'splunk', 'slack', 'teams'];
/** What people read: they get alerts and digests, machines get everything. */
const FOR_PEOPLE: ReadonlySet<SinkKind> = new Set(['slack', 'teams']);
const DOCUMENTS: ReadonlySet<SinkKind> = new Set(['webhook', 'elasticsearch', 'splunk']);

/** Keys that are for some kinds only, and which of them those kinds cannot do without. */
const FOR_KINDS: Readonly<Record<string, { readonly kinds: readonly SinkKind[]; readonly needed: boolean }>> =
  {
    path: { kinds: ['file'], needed: true },
    url: { kinds: WEB, needed: true },
    host: { kinds: ['syslog'], needed: true },
    port: { kinds: ['syslog'], needed: false },
    protocol: { kinds: ['syslog'], needed: false },
    facility: { kinds: ['syslog'], needed: false },
    secret: { kinds: ['webhook'], needed: false },
    token: { kinds: ['splunk'], needed: true },
    apiKey: { kinds: ['elasticsearch'], needed: false },
    user: { kinds: ['elasticsearch'], needed: false },
    password: { kinds: ['elasticsearch'], needed: false },
    index: { kinds: ['elasticsearch', 'splunk'], needed: false },
    ca: { kinds: ['syslog', ...WEB], needed: false },
  };

/** Nothing before `@` in the authority: a user and password there would be shown in messages. */
const WEB_ADDRESS = /^https?:\/\/[^\s/?#@\\]+(?:[/?#]\S*)?$/;
const facilities = Object.keys(FACILITIES) as [Facility, ...Facility[]];
const secretText = z.string().min(1).max(4096);

const sink = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must hold at most 64 letters, digits, ".", "_" or "-"')
      .meta({
        description:
          'Name of the sink. What was sent is remembered by it: a new name is told everything anew.',
      }),
    kind: z.enum(SINK_KINDS).meta({ description: 'What receives.' }),
    minSeverity: z
      .enum(SEVERITIES as ['info', ...typeof SEVERITIES])
      .default('low')
      .meta({
        description:
          'Findings below it are not sent, unless the sink was told of the finding when it was worse.',
      }),
    tell: z.enum(['everything', 'alerts']).optional().meta({
      description:
        'everything: each finding as soon as it is new or has changed; alerts: what the section alerts lets through, and its digests. Left out: alerts for what people read (slack, teams), everything for the others.',
    }),
    format: z.enum(LINE_FORMATS).optional().meta({
      description:
        'json (our own document), ecs, ocsf, and for file, stdout and syslog cef, leef or text too. Left out: json, for elasticsearch ecs.',
    }),
    path: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'file: where lines are appended. Relative to this file.' }),
    url: z
      .string()
      .regex(WEB_ADDRESS, 'must be an http:// or https:// address without a user or password')
      .refine((text) => URL.canParse(text), 'must be an address')
      .optional()
      .meta({
        description:
          'webhook, slack, teams: where findings are posted; elasticsearch: the address before /_bulk; splunk: the collector.',
        secret: true,
      }),
    allowHosts: z.array(z.string().min(1)).default([]).meta({
      description:
        'Hosts of the URL that may be this machine, its link or a metadata address; otherwise those are refused.',
    }),
    host: z.string().min(1).optional().meta({ description: 'syslog: name or address of the receiver.' }),
    port: z.number().int().min(1).max(65_535).optional().meta({
      description: 'syslog: port. Left out: 514 (UDP), 601 (TCP, RFC 6587), 6514 (TLS, RFC 5425).',
    }),
    protocol: z.enum(['udp', 'tcp', 'tls']).optional().meta({ description: 'syslog: udp when left out.' }),
    facility: z.enum(facilities).optional().meta({ description: 'syslog: local0 when left out.' }),
    secret: secretText
      .refine(
        (text) => webhookKey(text).length >= 24,
        'must be base64 of at least 24 bytes, with or without whsec_ before it',
      )
      .optional()
      .meta({ description: 'webhook: key of the signature after Standard Webhooks.', secret: true }),
    token: secretText.optional().meta({ description: 'splunk: token of the collector.', secret: true }),
    apiKey: secretText.optional().meta({
      description: 'elasticsearch: API key in its encoded form.',
      secret: true,
    }),
    user: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'elasticsearch: user, where there is no API key.' }),
    password: secretText
      .optional()
      .meta({ description: 'elasticsearch: password of the user.', secret: true }),
    index: z.string().min(1).max(255).optional().meta({
      description:
        'elasticsearch: index or data stream, logs-tidemark.finding-default when left out; splunk: index.',
    }),
    ca: z.string().min(1).optional().meta({
      description:
        "Authorities to trust instead of the system's, PEM, for https and syslog over TLS. Relative to this file.",
    }),
    timeoutSeconds: z
      .number()
      .int()
      .min(1)
      .max(600)
      .default(30)
      .meta({ description: 'Time for one request.' }),
    tries: z.number().int().min(1).max(100).default(20).meta({
      description:
        'Tries after which a finding is given up; the delay grows from half a minute to six hours.',
    }),
  })
  .superRefine((value, context) => {
    for (const [key, { kinds, needed }] of Object.entries(FOR_KINDS)) {
      const given = value[key as keyof typeof value] !== undefined;
      if (given && !kinds.includes(value.kind))
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `is for ${kinds.join(', ')}, not for ${value.kind}`,
        });
      else if (!given && needed && kinds.includes(value.kind))
        context.addIssue({ code: 'custom', path: [], message: `needs ${key}` });
    }
    const { format, kind } = value;
    if (format === undefined) return;
    if (kind === 'slack' || kind === 'teams')
      context.addIssue({ code: 'custom', path: ['format'], message: `is not for ${kind}` });
    if (DOCUMENTS.has(kind) && (format === 'cef' || format === 'leef' || format === 'text'))
      context.addIssue({
        code: 'custom',
        path: ['format'],
        message: `must be json, ecs or ocsf for ${kind}`,
      });
  });

/** The `sinks` section of the configuration. */
export const sinksConfig = z
  .array(sink)
  .superRefine((sinks, context) => {
    const names = new Set<string>();
    for (const [index, { name }] of sinks.entries()) {
      if (names.has(name))
        context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must be unlike every other' });
      names.add(name);
    }
  })
  .default([])
  .meta({ description: 'Where findings are sent by `tidemark sinks deliver`.' });

/** One sink of the configuration. */
export type SinkConfig = z.output<typeof sinksConfig>[number];

/** Whether the alert policy stands before the sink; the others are told everything. */
export function tellsAlerts({ kind, tell }: Pick<SinkConfig, 'kind' | 'tell'>): boolean {
  return tell === undefined ? FOR_PEOPLE.has(kind) : tell === 'alerts';
}
