import * as z from 'zod';
import { SEVERITIES } from '../findings/severity.ts';
import { LINE_FORMATS } from './format/line.ts';
import { isSubjectTemplate } from './format/nats-subject.ts';
import { FACILITIES, type Facility } from './format/syslog.ts';
import { readHostPort } from './transport/host-port.ts';
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
  'smtp',
  'nats',
  'kafka',
  'prometheus',
] as const;
type SinkKind = (typeof SINK_KINDS)[number];

const WEB: readonly SinkKind[] = ['webhook', 'elasticsearch', 'splunk', 'slack', 'teams'];
/** What people read: they get alerts and digests, machines get everything. */
const FOR_PEOPLE: ReadonlySet<SinkKind> = new Set(['slack', 'teams', 'smtp']);
/** Formats of kinds whose messages are JSON documents, and kinds that have a form of their own. */
const DOCUMENTS: ReadonlySet<SinkKind> = new Set(['webhook', 'elasticsearch', 'splunk', 'nats', 'kafka']);
const OWN_FORM: ReadonlySet<SinkKind> = new Set(['slack', 'teams', 'smtp', 'prometheus']);
/** Kinds that speak TLS. */
const OVER_TLS: readonly SinkKind[] = ['syslog', ...WEB, 'smtp', 'nats', 'kafka'];

/** Keys that are for some kinds only, and which of them those kinds cannot do without. */
const FOR_KINDS: Readonly<
  Record<string, { readonly kinds: readonly SinkKind[]; readonly needed?: readonly SinkKind[] }>
> = {
  path: { kinds: ['file', 'prometheus'], needed: ['file', 'prometheus'] },
  url: { kinds: WEB, needed: WEB },
  host: { kinds: ['syslog', 'smtp'], needed: ['syslog', 'smtp'] },
  port: { kinds: ['syslog', 'smtp'] },
  hosts: { kinds: ['nats', 'kafka'], needed: ['nats', 'kafka'] },
  protocol: { kinds: ['syslog'] },
  facility: { kinds: ['syslog'] },
  security: { kinds: ['smtp', 'nats', 'kafka'] },
  from: { kinds: ['smtp'], needed: ['smtp'] },
  to: { kinds: ['smtp'], needed: ['smtp'] },
  subject: { kinds: ['nats'] },
  jetstream: { kinds: ['nats'] },
  topic: { kinds: ['kafka'], needed: ['kafka'] },
  mechanism: { kinds: ['kafka'] },
  secret: { kinds: ['webhook'] },
  token: { kinds: ['splunk', 'nats'], needed: ['splunk'] },
  apiKey: { kinds: ['elasticsearch'] },
  user: { kinds: ['elasticsearch', 'smtp', 'nats', 'kafka'] },
  password: { kinds: ['elasticsearch', 'smtp', 'nats', 'kafka'] },
  nkey: { kinds: ['nats'] },
  creds: { kinds: ['nats'] },
  index: { kinds: ['elasticsearch', 'splunk'] },
  ca: { kinds: OVER_TLS },
  cert: { kinds: OVER_TLS },
  key: { kinds: OVER_TLS },
};

/** Keys that say who Tidemark is; of these one may be given. */
const IDENTITIES = ['apiKey', 'token', 'user', 'nkey', 'creds'] as const;

/** Nothing before `@` in the authority: a user and password there would be shown in messages. */
const WEB_ADDRESS = /^https?:\/\/[^\s/?#@\\]+(?:[/?#]\S*)?$/;
const facilities = Object.keys(FACILITIES) as [Facility, ...Facility[]];
/** SASL mechanisms by the names that brokers have for them (RFC 4616, RFC 5802, RFC 7677). */
const KAFKA_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
/**
 * One mailbox, a dot-atom (RFC 5322, 3.2.3) and a domain: no quotes, groups, lists, comments or line breaks, of which a
 * mail program could make other recipients or another header. One label is enough: `root@localhost`.
 */
const MAILBOX =
  /^(?=.{1,64}@.{1,189}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const mailbox = z.string().regex(MAILBOX, 'must be one address such as soc@example.org');
const hostPort = z
  .string()
  .refine((text) => readHostPort(text) !== undefined, 'must be host:port, an IPv6 address in brackets');
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
        'everything: each finding as soon as it is new or has changed; alerts: what the section alerts lets through, and its digests. Left out: alerts for what people read (slack, teams, smtp), everything for the others.',
    }),
    format: z.enum(LINE_FORMATS).optional().meta({
      description:
        'json (our own document), ecs, ocsf (which tells scans too), and for file, stdout and syslog cef, leef or text too. Left out: json, for elasticsearch ecs.',
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
    host: z
      .string()
      .regex(/^[A-Za-z0-9._:-]+$/, 'must be a name or an address')
      .optional()
      .meta({ description: 'syslog, smtp: name or address of the receiver.' }),
    port: z.number().int().min(1).max(65_535).optional().meta({
      description:
        'syslog: port. Left out: 514 (UDP), 601 (TCP, RFC 6587), 6514 (TLS, RFC 5425). smtp: 587 (starttls), 465 (tls), 25 (none).',
    }),
    hosts: z.array(hostPort).min(1).max(32).optional().meta({
      description: 'nats, kafka: host:port of servers of one cluster, tried in this order.',
    }),
    security: z.enum(['tls', 'starttls', 'none']).optional().meta({
      description:
        'smtp: starttls when left out, tls from the start, none for a server on this machine; nats, kafka: tls when left out, or none.',
    }),
    from: mailbox.optional().meta({ description: 'smtp: address of the sender.' }),
    to: z
      .array(mailbox)
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'smtp: addresses of the recipients.' }),
    subject: z
      .string()
      .max(255)
      .refine(
        isSubjectTemplate,
        'must be a subject without wildcards; {half}, {severity}, {rule}, {state}, {id} are filled in',
      )
      .optional()
      .meta({
        description:
          'nats: subject, in which {half}, {severity}, {rule}, {state} and {id} are filled in. Left out: tidemark.{half}.{severity}; of a digest, half is digest.',
      }),
    jetstream: z.boolean().optional().meta({
      description:
        'nats: whether a stream of JetStream has to acknowledge each message; true when left out. false: sent is what the server has read.',
    }),
    topic: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,249}$/, 'must hold at most 249 letters, digits, ".", "_" or "-"')
      .optional()
      .meta({ description: 'kafka: topic. It is not made.' }),
    mechanism: z
      .enum(KAFKA_MECHANISMS)
      .optional()
      .meta({ description: 'kafka: SASL mechanism, with user and password. Left out: none.' }),
    protocol: z.enum(['udp', 'tcp', 'tls']).optional().meta({ description: 'syslog: udp when left out.' }),
    facility: z.enum(facilities).optional().meta({ description: 'syslog: local0 when left out.' }),
    secret: secretText
      .refine(
        (text) => webhookKey(text).length >= 24,
        'must be base64 of at least 24 bytes, with or without whsec_ before it',
      )
      .optional()
      .meta({ description: 'webhook: key of the signature after Standard Webhooks.', secret: true }),
    token: secretText
      .optional()
      .meta({ description: 'splunk: token of the collector; nats: token of the server.', secret: true }),
    apiKey: secretText.optional().meta({
      description: 'elasticsearch: API key in its encoded form.',
      secret: true,
    }),
    user: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'elasticsearch, where there is no API key, smtp, nats, kafka: user.' }),
    password: secretText
      .optional()
      .meta({ description: 'elasticsearch, smtp, nats, kafka: password of the user.', secret: true }),
    nkey: secretText
      .regex(/^SU[A-Z2-7]{56}$/, 'must be the seed of a user, which begins with SU')
      .optional()
      .meta({ description: "nats: seed of the user's nkey.", secret: true }),
    creds: secretText.optional().meta({
      description: 'nats: text of a credentials file, as ${file:…} gives it.',
      secret: true,
    }),
    index: z.string().min(1).max(255).optional().meta({
      description:
        'elasticsearch: index or data stream, logs-tidemark.finding-default when left out; splunk: index.',
    }),
    ca: z.string().min(1).optional().meta({
      description:
        "Authorities to trust instead of the system's, PEM, for TLS of all kinds. Relative to this file.",
    }),
    cert: z.string().min(1).optional().meta({
      description:
        'Certificate of this machine, PEM, where the receiver asks for one. Relative to this file.',
    }),
    key: z.string().min(1).optional().meta({
      description: 'Key of the certificate, PEM. Relative to this file.',
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
      else if (!given && needed?.includes(value.kind) === true)
        context.addIssue({ code: 'custom', path: [], message: `needs ${key}` });
    }
    const issue = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message });
    const { format, kind, security, mechanism } = value;
    if (format !== undefined && OWN_FORM.has(kind)) issue('format', `is not for ${kind}`);
    if (DOCUMENTS.has(kind) && (format === 'cef' || format === 'leef' || format === 'text'))
      issue('format', `must be json, ecs or ocsf for ${kind}`);
    if (security === 'starttls' && kind !== 'smtp') issue('security', `must be tls or none for ${kind}`);
    const identities = IDENTITIES.filter((key) => value[key] !== undefined);
    if (identities.length > 1) issue(identities[1]!, `must not stand beside ${identities[0]}`);
    if (value.password !== undefined && value.user === undefined) issue('password', 'needs user');
    if (kind === 'kafka' && (value.user === undefined) !== (mechanism === undefined))
      issue('mechanism', 'and user go together');
    if (mechanism === 'PLAIN' && security === 'none')
      issue('security', 'must be tls where the mechanism PLAIN sends the password as it is');
    if ((value.cert === undefined) !== (value.key === undefined)) issue('cert', 'and key go together');
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
  .meta({ description: 'Where findings are sent by `tidemark sinks deliver` and the daemon.' });

/** One sink of the configuration. */
export type SinkConfig = z.output<typeof sinksConfig>[number];

/** Whether the alert policy stands before the sink; the others are told everything. */
export function tellsAlerts({ kind, tell }: Pick<SinkConfig, 'kind' | 'tell'>): boolean {
  return tell === undefined ? FOR_PEOPLE.has(kind) : tell === 'alerts';
}

/** Whether the sink is told of scans beside findings: OCSF has a class for them. */
export function tellsScans(config: Pick<SinkConfig, 'kind' | 'tell' | 'format'>): boolean {
  return config.format === 'ocsf' && !tellsAlerts(config);
}
