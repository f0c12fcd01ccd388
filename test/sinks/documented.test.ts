import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { sinksConfig } from '../../src/sinks/config.ts';
import { toEcs } from '../../src/sinks/format/ecs.ts';
import { formatLine } from '../../src/sinks/format/line.ts';
import { hasRsyslog, TEST_CERT, TEST_KEY } from './receivers/receivers.ts';
import { digested, exposed, MOMENT, outgoing } from './sample.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'sinks.md'), 'utf8');
/** Blocks of code of the page, by the heading above them. */
const blocks = page.split(/^## /m).flatMap((section) => {
  const heading = section.slice(0, section.indexOf('\n'));
  return [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    heading,
    language: language!,
    text: text!,
  }));
});
const block = (heading: string, language: string): string => {
  const found = blocks.find((one) => one.heading === heading && one.language === language);
  if (found === undefined) throw new Error(`docs/sinks.md has no ${language} under ${heading}`);
  return found.text;
};
const sender = { version: '0.1.0', hostname: 'sensor1' };
const samples = [
  outgoing(exposed()),
  outgoing(exposed({ subject: { network: '10.0.0.0/24' } }), {
    revision: 2,
    state: 'resolved',
    lifecycle: { since: MOMENT, why: 'not seen by scan 7', by: 'ben', reopened: 1 },
  }),
  digested(),
];

describe('docs/sinks.md', () => {
  const configs = blocks.filter(({ language, text }) => language === 'yaml' && /\bkind: /.test(text));

  test.each(configs)('$heading: the configuration is one', ({ text }) => {
    // What a reference is replaced by: a key for webhooks, an address for chats.
    const filled = text
      .replaceAll('${file:/run/secrets/slack-url}', 'https://hooks.slack.com/services/x')
      .replaceAll('${HOOK_SECRET}', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
      .replaceAll(/\$\{[^}]+\}/g, 'secret');
    const parsed = parse(filled) as unknown;
    const sinks = Array.isArray(parsed) ? parsed : (parsed as { sinks: unknown }).sinks;
    expect(sinksConfig.parse(sinks).length).toBeGreaterThan(0);
  });

  test('shows every kind of sink', () => {
    const schema = z.toJSONSchema(sinksConfig, { io: 'input' }) as unknown as {
      items: { properties: { kind: { enum: string[] } } };
    };
    const shown = new Set([...page.matchAll(/\bkind: (\w+)/g)].map(([, kind]) => kind));
    // Teams is Slack with another address; standard output needs nothing.
    const missing = schema.items.properties.kind.enum.filter((kind) => !shown.has(kind));
    expect(missing).toEqual(['stdout', 'teams']);
  });

  test('Elastic: the template maps every field of ours, and no other', () => {
    const template = JSON.parse(block('Elastic', 'json')) as {
      template: {
        mappings: { properties: { tidemark: { properties: { finding: { properties: object } } } } };
      };
    };
    const mapped = template.template.mappings.properties.tidemark.properties.finding.properties;
    const sent = new Set(
      samples.flatMap((sample) =>
        Object.keys((toEcs(sample, sender)['tidemark'] as { finding: object }).finding),
      ),
    );
    expect(new Set(Object.keys(mapped))).toEqual(sent);
  });

  test('Splunk: time and key are found where props.conf looks for them', () => {
    const settings = new Map(
      block('Splunk', 'ini')
        .split('\n')
        .filter((line) => line.includes(' = '))
        .map((line) => [line.slice(0, line.indexOf(' = ')), line.slice(line.indexOf(' = ') + 3)]),
    );
    for (const sample of samples) {
      const line = formatLine('json', sample, sender);
      const prefix = new RegExp(settings.get('TIME_PREFIX')!).exec(line)!;
      // %Y-%m-%dT%H:%M:%S
      const [time] = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(line.slice(prefix.index + prefix[0].length))!;
      expect(Date.parse(`${time}Z`)).toBe(MOMENT / 1e3);
      const key = new RegExp(settings.get('EXTRACT-tidemark_key')!).exec(line)!;
      expect(key.groups!['tidemark_key']).toBe(sample.key);
      expect(line.split(new RegExp(settings.get('LINE_BREAKER')!))).toHaveLength(1);
    }
  });

  test('Logstash: the identifier is where the snippet takes it from', () => {
    expect(block('Logstash', '')).toContain('%{[event][id]}');
    for (const sample of samples)
      expect(JSON.parse(formatLine('ecs', sample, sender))).toMatchObject({ event: { id: sample.key } });
  });

  test('Vector: the field of the time is one', () => {
    expect(block('Vector', 'toml')).toContain('.at,');
    for (const sample of samples)
      expect(JSON.parse(formatLine('json', sample, sender))).toHaveProperty('at', '2026-11-22T04:02:00Z');
  });

  test.skipIf(!hasRsyslog())('Syslog: rsyslogd takes the snippet (skipped where it is not installed)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-docs-'));
    try {
      const file = join(folder, 'rsyslog.conf');
      writeFileSync(
        file,
        block('Syslog', '')
          .replaceAll('/etc/ssl/private/ca.pem', TEST_CERT)
          .replaceAll('/etc/ssl/private/log.pem', TEST_CERT)
          .replaceAll('/etc/ssl/private/log.key', TEST_KEY),
      );
      expect(() => execFileSync('rsyslogd', ['-N1', '-f', file], { stdio: 'pipe' })).not.toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
