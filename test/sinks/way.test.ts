import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratch, tidemark } from '../cli/tidemark.ts';
import { readCef } from './receivers/read-cef.ts';
import {
  hasMailServer,
  hasNats,
  hasRsyslog,
  startMailServer,
  startNats,
  startRsyslog,
  until,
  type Receiver,
} from './receivers/receivers.ts';

const root = join(import.meta.dirname, '..', '..');
const lab = (week: string): string => join(root, 'examples', 'lab', `${week}.xml`);
const capture = (name: string): string => join(root, 'test', 'fixtures', 'packets', `${name}.pcap`);
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** What came to a receiver, in its order. */
interface Told {
  readonly finding: string;
  readonly key: string;
  readonly state: string | undefined;
  readonly severity: string;
}
interface Document {
  readonly key: string;
  readonly state?: string;
  readonly finding: { readonly id: string; readonly severity: string };
}
const toldBy = ({ key, state, finding }: Document): Told => ({
  finding: finding.id,
  key,
  state,
  severity: finding.severity,
});
const CEF_SEVERITY: Readonly<Record<string, string>> = {
  0: 'info',
  3: 'low',
  5: 'medium',
  8: 'high',
  10: 'critical',
};
/** States in which nobody is asked for anything more. */
const DONE: ReadonlySet<string | undefined> = new Set(['expected', 'noise', 'resolved']);

/** A capture that was made so many seconds later: classic pcap, little-endian, 24 octets, then records of 16 and their length. */
function later(file: string, seconds: number): Buffer {
  const bytes = readFileSync(file);
  expect([0xa1_b2_c3_d4, 0xa1_b2_3c_4d]).toContain(bytes.readUInt32LE());
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8))
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + seconds, at);
  return bytes;
}

const installed = hasRsyslog() && hasNats() && hasMailServer();
describe.skipIf(!installed)(
  'a finding’s way (skipped without rsyslogd, nats-server and python3-aiosmtpd)',
  () => {
    const cwd = scratch();
    let syslog: Awaited<ReturnType<typeof startRsyslog>>;
    let mail: Awaited<ReturnType<typeof startMailServer>>;
    let nats: Receiver;
    let bus: NatsConnection;
    let hook: Server;
    const onBus: Told[] = [];
    const posted: Told[] = [];

    /** Runs the built command line, which may end with 1: there are findings. */
    const run = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await tidemark(args, { cwd });
      if (status !== 0 && status !== 1) throw new Error(`tidemark ${args.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    };
    const findings = async (): Promise<
      readonly { finding: { id: string; title: string; half: string; severity: string } }[]
    > => (JSON.parse(await run('findings', '--json')) as { findings: never[] }).findings;

    const received = async (): Promise<Readonly<Record<string, readonly Told[]>>> => ({
      syslog: (await syslog.lines()).map((line) => {
        const { header, extension } = readCef(line.trimStart());
        return {
          finding: extension.get('cs1')!,
          key: extension.get('externalId')!,
          state: extension.get('outcome'),
          severity: CEF_SEVERITY[header[6]!]!,
        };
      }),
      nats: [...onBus],
      mail: mail.mails.map(({ headers, body }) => {
        const key = headers
          .find(([name]) => name === 'Message-ID')![1]
          .replace(/^<(.*)@example\.org>$/, '$1');
        const text = body['text/plain']!;
        return {
          finding: key.slice(0, key.indexOf('-')),
          key,
          state: /^State: (\w+)/m.exec(text)?.[1],
          // `MEDIUM: …`, or `EXPECTED (MEDIUM): …` of what is not open any more.
          severity: /^(?:[A-Z]+ \()?([A-Z]+)\)?: /.exec(text)![1]!.toLowerCase(),
        };
      }),
      webhook: [...posted],
    });

    /** Delivers, and answers what came of it: to every receiver the same, each once. */
    const delivered = async (): Promise<readonly Told[]> => {
      const before = await received();
      const answer = JSON.parse(await run('sinks', 'deliver', '--json')) as {
        sinks: { sink: string; delivered: number; failed: number }[];
      };
      const sinks = answer.sinks.filter(({ sink }) => sink !== 'metrics');
      const [{ delivered: count } = { delivered: 0 }] = sinks;
      expect(sinks.map((sink) => [sink.delivered, sink.failed])).toEqual(sinks.map(() => [count, 0]));
      await until(async () =>
        Object.entries(await received()).every(([name, told]) => told.length >= before[name]!.length + count),
      );
      const after = await received();
      const fresh = Object.keys(after).map((name) => after[name]!.slice(before[name]!.length));
      const byKey = (told: readonly Told[]) => told.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      for (const told of fresh) expect(byKey(told)).toEqual(byKey(fresh[0]!));
      return fresh[0]!;
    };

    beforeAll(async () => {
      syslog = await startRsyslog('%msg%');
      mail = await startMailServer('none');
      nats = await startNats('jetstream { store_dir: "FOLDER/js" }');
      bus = await connect({ servers: `127.0.0.1:${nats.port}` });
      const stream = { name: 'TIDEMARK', subjects: ['tidemark.>'] };
      await bus.request('$JS.API.STREAM.CREATE.TIDEMARK', JSON.stringify(stream), { timeout: 10_000 });
      bus.subscribe('tidemark.>', { callback: (_, message) => void onBus.push(toldBy(message.json())) });
      await bus.flush();
      hook = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          const [id, time] = [request.headers['webhook-id'], request.headers['webhook-timestamp']].map(
            String,
          );
          const mac = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64'));
          const wanted = `v1,${mac.update(`${id}.${time}.${body}`).digest('base64')}`;
          // What is not signed was not told.
          if (request.headers['webhook-signature'] !== wanted) response.writeHead(401);
          else posted.push(toldBy((JSON.parse(body) as { data: Document }).data));
          response.end();
        });
      }).listen(0, '127.0.0.1');
      await once(hook, 'listening');
      const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
      const every = { tell: 'everything' };
      writeFileSync(
        join(cwd, 'tidemark.yaml'),
        JSON.stringify({
          exposure: { vantage: 'lab' },
          sinks: [
            {
              name: 'syslog',
              kind: 'syslog',
              host: '127.0.0.1',
              port: syslog.port,
              protocol: 'tcp',
              format: 'cef',
            },
            { name: 'bus', kind: 'nats', hosts: [`127.0.0.1:${nats.port}`], security: 'none' },
            {
              name: 'mail',
              kind: 'smtp',
              host: '127.0.0.1',
              port: mail.port,
              security: 'none',
              from: 'tidemark@example.org',
              to: ['soc@example.org'],
            },
            {
              name: 'hook',
              kind: 'webhook',
              url,
              allowHosts: ['127.0.0.1'],
              secret: '${HOOK_SECRET:-' + SECRET + '}',
            },
            { name: 'metrics', kind: 'prometheus', path: 'tidemark.prom' },
          ].map((sink) => ({ ...every, ...sink })),
        }),
      );
    }, 60_000);
    afterAll(async () => {
      await bus?.close();
      await nats?.stop();
      await mail?.stop();
      await syslog?.stop();
      hook?.closeAllConnections();
      hook?.close();
      rmSync(cwd, { recursive: true });
    });

    test('from scans and a capture to four receivers, and a verdict silences what comes next', async () => {
      const weeks = ['09-13', '09-20', '09-27', '10-04', '10-11', '10-18', '10-25'].map((day) =>
        lab(`2026-${day}`),
      );
      await run('import', ...weeks);
      await run('baseline', 'learn', '--first', '6');
      await run('assess');
      await run('detect', capture('hping3-S-incr-ports'));
      const first = await delivered();
      const open = await findings();
      const port = open.find(({ finding }) => finding.title.includes('8000/tcp'));
      const scan = open.find(({ finding }) => finding.half === 'recon');
      const told = new Map(first.map((one) => [one.finding, one]));
      expect(told.get(port!.finding.id)).toMatchObject({ severity: 'medium' });
      expect(told.get(scan!.finding.id)).toMatchObject({ severity: 'medium' });
      expect(told.size).toBe(first.length);
      expect(first.length).toBeGreaterThanOrEqual(8);
      // Told once.
      expect(await delivered()).toEqual([]);
      const metrics = readFileSync(join(cwd, 'tidemark.prom'), 'utf8');
      for (const half of ['exposure', 'recon'])
        for (const severity of ['high', 'medium'])
          expect(
            Number(
              new RegExp(
                `^tidemark_findings\\{half="${half}",severity="${severity}",state="open"\\} (\\d+)$`,
                'm',
              ).exec(metrics)?.[1] ?? 0,
            ),
          ).toBe(open.filter(({ finding }) => finding.half === half && finding.severity === severity).length);
      expect(metrics).toContain(`tidemark_sink_messages{sink="hook",outcome="delivered"} ${first.length}`);

      const judged = [port!, scan!].map(({ finding }) => finding.id);
      await run('findings', 'judge', ...judged, '--as', 'expected', '--why', 'CHG-7');
      await delivered();

      // The next week's scan has the port again; the next day the same scanner comes again, and another one.
      await run('import', lab('2026-11-01'));
      await run('assess');
      for (const name of ['hping3-S-incr-ports', 'nmap-sn-sweep'])
        writeFileSync(join(cwd, `${name}.pcap`), later(capture(name), 86_400));
      await run('detect', 'hping3-S-incr-ports.pcap', 'nmap-sn-sweep.pcap');
      const next = await delivered();
      const asking = next.filter(({ state }) => !DONE.has(state)).map(({ finding }) => finding);
      const now = await findings();
      const titled = (text: string) => now.find(({ finding }) => finding.title.includes(text))!.finding.id;
      expect(asking).toContain(titled('8888/tcp'));
      expect(asking).toContain(titled('10.66.0.12'));
      expect(asking).not.toContain(port!.finding.id);
      expect(asking).not.toContain(scan!.finding.id);
      // Nor under another name: nothing that is open is about the scanner or the port that were judged.
      expect(now.filter(({ finding }) => finding.title.includes('10.66.0.11'))).toEqual([]);
      expect(now.filter(({ finding }) => finding.title.includes('8000/tcp'))).toEqual([]);
    }, 240_000);
  },
);
