import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HOSTILE_STRINGS } from '../../../test/hostile-strings.ts';
import { readCef } from '../../../test/sinks/receivers/read-cef.ts';
import {
  digested,
  exposed,
  MOMENT,
  outgoing,
  planted,
  scanning,
  scanned,
} from '../../../test/sinks/sample.ts';
import { ECS_SCHEMA, OCSF_SCAN_SCHEMA, OCSF_SCHEMA } from '../../../test/sinks/schemas.ts';
import { SEVERITIES } from '../../findings/severity.ts';
import type { Sender } from '../sink.ts';
import { toCef } from './cef.ts';
import { toSlack, toTeams } from './chat.ts';
import { toEcs } from './ecs.ts';
import { toLeef } from './leef.ts';
import { formatLine, LINE_FORMATS } from './line.ts';
import { toMail } from './mail.ts';
import { jsonLine } from './one-line.ts';
import { toOcsf } from './ocsf.ts';
import { toSyslog } from './syslog.ts';
import { findingWords, textOf } from './words.ts';

const sender: Sender = { version: '0.1.0', hostname: 'sensor1' };
const ajv = new Ajv({ strict: false, formats: { ipv4: isIPv4, ipv6: isIPv6 } });
const samples = [
  { name: 'exposure', finding: exposed() },
  { name: 'recon', finding: scanning() },
  { name: 'a finding about nobody', finding: exposed({ subject: {}, references: [], observations: [] }) },
  { name: 'an IP protocol', finding: exposed({ subject: { ...exposed().subject, port: '47/ip' } }) },
  ...SEVERITIES.map((severity) => ({ name: severity, finding: exposed({ severity }) })),
];
/** Any text, and text with more of what acts than chance would bring. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '\n',
      '\r',
      '\t',
      '|',
      '=',
      '\\',
      '"',
      ']',
      ' ',
      'a',
      '\u2028',
      '\u0085',
      '<',
      '\0',
    ),
  }),
  fc.constantFrom(...HOSTILE_STRINGS.map(({ text }) => text)),
);
const DOCUMENTS = ['json', 'ecs', 'ocsf'] as const;
/** What would act on a parser of lines or a terminal. */
const ACTS = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

describe('documents', () => {
  const ecs = ajv.compile(ECS_SCHEMA);
  const ocsf = ajv.compile(OCSF_SCHEMA);
  const scanActivity = ajv.compile(OCSF_SCAN_SCHEMA);

  test.each(samples)('ECS: $name is as the field reference says', ({ finding }) => {
    ecs(toEcs(outgoing(finding), sender));
    expect(ecs.errors).toBeNull();
  });

  test.each(samples)('OCSF: $name is as Detection Finding 2004 says', ({ finding }) => {
    for (const more of [{}, { revision: 3 }, { revision: 4, state: 'resolved' }, { state: 'waiting' }]) {
      const document = toOcsf(outgoing(finding, more), sender);
      ocsf(document);
      expect(ocsf.errors).toBeNull();
      expect(document['type_uid']).toBe(200_400 + (document['activity_id'] as number));
    }
  });

  test.each([
    { what: 'of a schedule', changes: {}, want: { activity_id: 2, duration: 120_000, num_detections: 14 } },
    {
      what: 'ordered by a person',
      changes: { schedule: undefined },
      want: { scan: { type_id: 1 }, policy: { name: 'office, lab' } },
    },
    {
      what: 'from elsewhere, never assessed',
      changes: { own: undefined, schedule: undefined, findings: undefined, args: '', profile: '' },
      want: { scan: { type_id: 0 }, total: 256 },
    },
    {
      what: 'that failed',
      changes: { status: 'interrupted', exit: 'ran out of memory' },
      want: { activity_id: 6, status: 'Failure', status_detail: 'ran out of memory' },
    },
    {
      what: 'that was cut short',
      changes: { status: 'interrupted', end: undefined },
      want: { activity_id: 99, activity_name: 'Interrupted', status_id: 2 },
    },
    {
      what: 'whose file was cut off, without a time',
      changes: { status: 'truncated', start: undefined, end: undefined },
      want: { activity_id: 99, activity_name: 'Truncated', time: MOMENT / 1e3 },
    },
    {
      what: 'of a scanner whose clock was set back',
      changes: { end: (MOMENT - 600e6) as typeof MOMENT },
      want: { time: (MOMENT - 600e6) / 1e3 },
    },
  ] as const)('OCSF: a scan $what is as Scan Activity 6007 says', ({ changes, want }) => {
    const document = toOcsf(scanned(changes), sender);
    scanActivity(document);
    expect(scanActivity.errors).toBeNull();
    expect(document).toMatchObject(want);
    expect(document).toMatchObject({ metadata: { uid: scanned(changes).key } });
  });

  test.each(LINE_FORMATS)('a scan in %s is a line, whatever its file says', (format) => {
    fc.assert(
      fc.property(anyText, (text) => {
        const line = formatLine(format, scanned({ args: text, profile: text, exit: text }), sender);
        expect(line.replaceAll('\t', '')).not.toMatch(ACTS);
      }),
    );
  });

  test('a digest is as both references say, and no alert', () => {
    for (const kind of ['day', 'planned-change', 'fleet'] as const) {
      const digest = digested('Digest', { kind });
      ecs(toEcs(digest, sender));
      expect(ecs.errors).toBeNull();
      ocsf(toOcsf(digest, sender));
      expect(ocsf.errors).toBeNull();
      expect(toEcs(digest, sender)).toMatchObject({ event: { kind: 'event' } });
    }
  });

  test('say how a finding came to stand as it does', () => {
    const lifecycle = { since: MOMENT, why: 'seen again in scan 7', reopened: 2 };
    const sent = outgoing(exposed(), { state: 'open', lifecycle });
    ecs(toEcs(sent, sender));
    expect(ecs.errors).toBeNull();
    ocsf(toOcsf(sent, sender));
    expect(ocsf.errors).toBeNull();
    expect(toEcs(sent, sender)).toMatchObject({
      tidemark: { finding: { state: 'open', state_reason: 'seen again in scan 7', reopened: 2 } },
    });
    expect(toOcsf(sent, sender)).toMatchObject({ status: 'New', status_detail: 'seen again in scan 7' });
    expect(toCef(sent, sender)).toContain('outcome=open reason=seen again in scan 7');
    expect(toLeef(sent, sender)).toContain('stateReason=seen again in scan 7');
    expect(findingWords(sent).facts).toContainEqual(['State', 'open: seen again in scan 7']);
    expect(JSON.parse(formatLine('json', sent, sender))).toMatchObject({ lifecycle: { reopened: 2 } });
  });

  test('say who is the source and who the destination', () => {
    expect(toEcs(outgoing(exposed()), sender)).toMatchObject({
      host: { ip: ['10.0.0.5'] },
      destination: { ip: '10.0.0.5', port: 3389 },
      network: { transport: 'tcp' },
      event: { category: ['configuration'], severity: 3, risk_score: 60 },
    });
    const scan = toEcs(outgoing(scanning({ subject: { host: scanning().subject.hosts![0]! } })), sender);
    expect(scan).toMatchObject({ source: { ip: '203.0.113.7' }, event: { kind: 'alert' } });
    expect(scan).not.toHaveProperty('host');
  });

  test('ECS tells new, changed and closed apart', () => {
    const action = (more: object) => toEcs(outgoing(exposed(), more), sender)['event'];
    for (const [more, happening] of [
      [{}, 'new'],
      [{ revision: 2, state: 'open' }, 'changed'],
      [{ revision: 3, state: 'noise' }, 'closed'],
    ] as const)
      expect(action(more)).toMatchObject({ action: `finding-${happening}` });
    expect(toEcs(digested(), sender)['event']).toMatchObject({ action: 'digest-new' });
  });

  test('OCSF tells new, changed and closed apart', () => {
    const activity = (more: object) => toOcsf(outgoing(exposed(), more), sender)['activity_id'];
    expect([activity({}), activity({ revision: 2 }), activity({ state: 'resolved' })]).toEqual([1, 2, 3]);
    const status = (state: string) => toOcsf(outgoing(exposed(), { state }), sender)['status_id'];
    expect(['open', 'acknowledged', 'confirmed', 'expected', 'noise', 'resolved'].map(status)).toEqual([
      1, 2, 2, 3, 3, 4,
    ]);
  });

  test('are lossless lines whatever they hold', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const sent = outgoing(planted(exposed(), text));
        for (const [format, message] of [...DOCUMENTS, ...DOCUMENTS].map(
          (each, index) => [each, index < DOCUMENTS.length ? sent : digested(text)] as const,
        )) {
          const line = formatLine(format, message, sender);
          expect(line).not.toMatch(ACTS);
          expect(() => JSON.parse(line) as unknown).not.toThrow();
        }
        const read = JSON.parse(formatLine('json', sent, sender)) as { finding: { title: string } };
        expect(read.finding.title).toBe(text);
      }),
    );
  });
});

describe('CEF', () => {
  test('is the documented line', () => {
    expect(toCef(outgoing(exposed()), sender)).toBe(
      `CEF:0|Tidemark|Tidemark|0.1.0|drift.port-opened|3389/tcp (ms-wbt-server) is open|8|rt=1795320120000 start=1795320120000 end=1795320120000 externalId=${outgoing(exposed()).key} cat=exposure dvchost=sensor1 dst=10.0.0.5 dpt=3389 proto=TCP cn1Label=Score cn1=60 cn2Label=Revision cn2=1 cs1Label=Finding cs1=${exposed().id} cs2Label=Hosts cs2=10.0.0.5 cs3Label=Actions cs3=Ask who needs it.\\nClose it. msg=3389/tcp answered syn-ack`,
    );
  });

  test('labels no field that is not there', () => {
    const { extension } = readCef(toCef(outgoing(exposed({ subject: {}, actions: [] })), sender));
    const labels = [...extension.keys()].filter((key) => key.endsWith('Label'));
    expect(labels).toEqual(['cn1Label', 'cn2Label', 'cs1Label']);
    for (const label of labels) expect(extension.has(label.replace('Label', ''))).toBe(true);
  });

  test('puts IPv6 where CEF 0 has room for it', () => {
    const [, v6] = scanning().subject.hosts!;
    const { extension } = readCef(toCef(outgoing(scanning({ subject: { host: v6! } })), sender));
    expect(extension.get('c6a2')).toBe('2001:db8::7');
    expect(extension.has('src')).toBe(false);
  });

  test('holds no line break and no unescaped delimiter, and is read back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(toCef(digested(text), sender)).not.toMatch(ACTS);
        const line = toCef(outgoing(planted(exposed(), text)), sender);
        expect(line).not.toMatch(ACTS);
        const { header, extension } = readCef(line);
        expect(header.slice(0, 4)).toEqual(['CEF:0', 'Tidemark', 'Tidemark', '0.1.0']);
        expect(header[6]).toBe('8');
        expect(extension.get('dst')).toBe('10.0.0.5');
        expect(extension.get('externalId')).toMatch(/^[0-9a-f]{16}-[0-9a-f]{16}$/);
        if (/^[\w\\|= ]{1,500}$/.test(text)) expect(header[5]).toBe(text);
        if (/^[\w\\|=]{1,500}$/.test(text)) expect(extension.get('msg')).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('LEEF', () => {
  test('is the documented line', () => {
    const line = toLeef(outgoing(exposed()), sender);
    expect(line.slice(0, line.indexOf('\t'))).toBe(
      'LEEF:2.0|Tidemark|Tidemark|0.1.0|drift.port-opened|x09|devTime=1795320120000',
    );
    expect(line.split('\t')).toEqual(
      expect.arrayContaining(['sev=8', 'dst=10.0.0.5', 'dstPort=3389', 'proto=TCP', 'cat=exposure']),
    );
  });

  test('holds as many delimiters as it has fields, whatever they hold', () => {
    const tabs = (line: string) => line.split('\t').map((pair) => pair.replace(/=.*$/su, ''));
    const usual = tabs(toLeef(outgoing(planted(exposed(), 'x')), sender));
    fc.assert(
      fc.property(
        anyText.filter((text) => text !== ''),
        (text) => {
          expect(toLeef(digested(text), sender).replaceAll('\t', '')).not.toMatch(ACTS);
          const line = toLeef(outgoing(planted(exposed(), text)), sender);
          expect(line.replaceAll('\t', '')).not.toMatch(ACTS);
          expect(line.slice(0, line.indexOf('devTime=')).split('|')).toHaveLength(7);
          expect(tabs(line).slice(1)).toEqual(usual.slice(1));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('syslog', () => {
  /** RFC 5424, 6: the grammar of the header, with no structured data. */
  const GRAMMAR =
    /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([\u0021-\u007e]{1,255}) tidemark - ([\u0021-\u007e]{1,32}) - (.*)$/u;

  test.each([
    { severity: 'critical', priority: 130 },
    { severity: 'high', priority: 131 },
    { severity: 'medium', priority: 132 },
    { severity: 'low', priority: 133 },
    { severity: 'info', priority: 134 },
  ] as const)('$severity of local0 is <$priority>', ({ severity, priority }) => {
    const message = toSyslog(outgoing(exposed({ severity })), sender, { facility: 'local0', format: 'json' });
    expect(message.startsWith(`<${priority}>1 2026-11-22T`)).toBe(true);
  });

  test.each(LINE_FORMATS)('keeps to the grammar on one line, whatever it holds: %s', (format) => {
    fc.assert(
      fc.property(anyText, (text) => {
        const message = toSyslog(
          outgoing(planted(exposed(), text)),
          { ...sender, hostname: text },
          { facility: 'auth', format },
        );
        expect(message.replaceAll('\t', '')).not.toMatch(ACTS);
        expect(message).toMatch(GRAMMAR);
      }),
    );
  });
});

describe('chat', () => {
  test.each([
    { what: 'letters', letter: 'A' },
    { what: 'ideographs', letter: '\u6f22' },
    { what: 'quotes', letter: '"' },
    { what: 'emoji', letter: '\u{1f600}' },
  ])(
    'a host that says much ($what) keeps its finding from nobody: it stays within what Slack and Teams take',
    ({ letter }) => {
      const long = letter.repeat(30_000);
      const sent = outgoing(
        exposed({
          title: long,
          impact: long,
          actions: Array(10).fill(long) as string[],
          observations: Array.from({ length: 30 }, () => ({ text: long, evidence: [] })),
        }),
        { state: 'open', lifecycle: { since: MOMENT, why: long, reopened: 0 } },
      );
      const teams = toTeams(sent);
      expect(Buffer.byteLength(jsonLine(teams))).toBeLessThan(28_000);
      expect(JSON.stringify(teams)).toContain('"text":"…"');
      const { blocks } = toSlack(sent) as {
        blocks: { text?: { text: string }; elements?: { text: string }[] }[];
      };
      for (const { text, elements } of blocks)
        for (const each of [...(text === undefined ? [] : [text]), ...(elements ?? [])])
          expect(each.text.length).toBeLessThanOrEqual(3000);
      expect(JSON.stringify(toTeams(outgoing(exposed())))).not.toContain('…');
    },
  );
});

describe('words', () => {
  test.each([
    { state: undefined, begins: 'HIGH: ' },
    { state: 'open', begins: 'HIGH: ' },
    { state: 'resolved', begins: 'RESOLVED (HIGH): ' },
    { state: 'expected', begins: 'EXPECTED (HIGH): ' },
    { state: 'acknowledged', begins: 'ACKNOWLEDGED (HIGH): ' },
  ])('of what is $state begin with $begins, so that no end looks like an alarm', ({ state, begins }) => {
    const sent = outgoing(exposed(), state === undefined ? {} : { state });
    const title = `${begins}3389/tcp (ms-wbt-server) is open`;
    expect(toMail(sent, 'example.org').subject).toBe(`[Tidemark] ${title} (10.0.0.5)`);
    expect(textOf(sent).split('\n')[0]).toBe(title);
    expect(formatLine('text', sent, sender).startsWith(`${title}; `)).toBe(true);
    expect(toSlack(sent)).toMatchObject({ text: title });
    expect(JSON.stringify(toTeams(sent))).toContain(`"text":"${title}"`);
  });

  test('are said for mail', () => {
    expect(textOf(outgoing(exposed(), { state: 'open' }))).toBe(
      [
        'HIGH: 3389/tcp (ms-wbt-server) is open',
        '10.0.0.5',
        '',
        'What was seen:',
        '  - 3389/tcp answered syn-ack (on 1 of 46 hosts)',
        '',
        'Somebody could try passwords.',
        '',
        'What to do:',
        '  - Ask who needs it.',
        '  - Close it.',
        '',
        `Finding: ${exposed().id}`,
        'Rule: drift.port-opened',
        'Confidence: 90 %',
        'First seen: 2026-11-22 04:02 UTC',
        'Last seen: 2026-11-22 04:02 UTC',
        'State: open',
        `Message: ${outgoing(exposed(), { state: 'open' }).key}`,
        '',
      ].join('\n'),
    );
  });

  test('of a digest say each item, and where the rest is', () => {
    expect(textOf(digested('Digest of 2026-11-22: 4 findings'))).toBe(
      [
        'HIGH: Digest of 2026-11-22: 4 findings',
        '',
        'What was seen:',
        `  - high, open: Digest of 2026-11-22: 4 findings – 10.0.0.5 (the alerts of the day were spent) [${exposed().id.slice(0, 10)}]`,
        `  - low, open: Digest of 2026-11-22: 4 findings (the alerts of the day were spent) [${scanning().id.slice(0, 10)}]`,
        '  - and 2 more',
        '',
        'What to do:',
        '  - Read all of them: tidemark alerts list --digest 2026-11-22',
        '',
        `Digest: ${digested().digest.id}`,
        'From: 2026-11-21 04:02 UTC',
        'To: 2026-11-22 04:02 UTC',
        `Message: ${digested().key}`,
        '',
      ].join('\n'),
    );
  });

  test('count what they do not name', () => {
    const hosts = Array.from({ length: 12 }, () => exposed().subject.host!);
    const observations = Array.from({ length: 12 }, () => exposed().observations[0]!);
    const words = findingWords(outgoing(exposed({ subject: { hosts }, observations })));
    expect(words.about).toMatch(/ and 2 more$/);
    expect(words.observations.at(-1)).toBe('and 2 more observations');
  });

  test('of chats hold no markup that the chat would read, and keep to its limits', () => {
    fc.assert(
      fc.property(anyText, fc.nat(5000), (text, length) => {
        const long = text.padEnd(length, 'x');
        for (const sent of [outgoing(planted(exposed(), long)), digested(long)]) {
          const slack = toSlack(sent);
          expect(String(slack['text']).replace(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
          for (const { type, text: inner } of textsOf(slack['blocks'])) {
            expect(type).toBe('plain_text');
            expect(inner.length).toBeLessThanOrEqual(3000);
            expect(inner.replaceAll('\n', '')).not.toMatch(ACTS);
          }
          for (const { type } of textsOf(toTeams(sent))) expect(type).toBe('TextRun');
        }
      }),
    );
  });
});

/** Every object with a `text` that is a string, however deep. */
function textsOf(value: unknown): { readonly type: string; readonly text: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const own =
    'text' in value && typeof value.text === 'string' ? [value as { type: string; text: string }] : [];
  return [...own, ...Object.values(value).flatMap(textsOf)];
}
