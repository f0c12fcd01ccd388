import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  hasMailServer,
  startMailServer,
  TEST_CERT,
  until,
  type TakenMail,
} from '../../../test/sinks/receivers/receivers.ts';
import { digested, exposed, outgoing, planted } from '../../../test/sinks/sample.ts';
import type { Outgoing } from '../../findings/outgoing.ts';
import { smtpSink, type SmtpTarget } from './smtp.ts';

const signal = new AbortController().signal;
const target = (port: number, changes: Partial<SmtpTarget> = {}): SmtpTarget => ({
  host: '127.0.0.1',
  port,
  allowHosts: [],
  security: 'none',
  from: 'tidemark@example.org',
  to: ['soc@example.org'],
  timeoutMillis: 10_000,
  sender: { version: '0.1.0', hostname: 'sensor1' },
  ...changes,
});
const send = (changes: SmtpTarget, message: Outgoing = outgoing(exposed()), stop = signal) =>
  smtpSink('mail', changes).send([message], stop);
const header = (mail: TakenMail, name: string) =>
  mail.headers.filter(([one]) => one.toLowerCase() === name.toLowerCase()).map(([, value]) => value);

describe.skipIf(!hasMailServer())(
  'mail to aiosmtpd (skipped where python3-aiosmtpd is not installed)',
  () => {
    let ca = '';
    beforeAll(async () => {
      ca = await readFile(TEST_CERT, 'utf8');
    });

    test.each([
      { security: 'none', credentials: [] },
      { security: 'starttls', credentials: ['tidemark', 'hunter2'] },
      { security: 'tls', credentials: ['tidemark', 'hunter2'] },
    ] as const)('$security: arrives as text and HTML, from and for the addresses alone', async (row) => {
      const { security, credentials } = row;
      const server = await startMailServer(security, credentials);
      try {
        const [user, password] = credentials;
        const who = user === undefined ? {} : { user, password: password! };
        const to = ['soc@example.org', "o'brien+x@sub.example.org"];
        const message = outgoing(exposed());
        await send(target(server.port, { security, ca, to, ...who }), message);
        await until(() => server.mails.length === 1);
        const mail = server.mails[0]!;
        expect(mail).toMatchObject({
          from: 'tidemark@example.org',
          to,
          recipients: to,
          tls: security !== 'none',
          user: user ?? null,
          type: 'multipart/alternative',
          defects: [],
        });
        expect(header(mail, 'Subject')).toEqual([
          '[Tidemark] HIGH: 3389/tcp (ms-wbt-server) is open (10.0.0.5)',
        ]);
        expect(header(mail, 'Message-ID')).toEqual([`<${message.key}@example.org>`]);
        expect(header(mail, 'Auto-Submitted')).toEqual(['auto-generated']);
        expect(mail.body['text/plain']).toContain('What was seen:\n  - 3389/tcp answered syn-ack');
        expect(mail.body['text/html']).toContain('<bdi>3389/tcp answered syn-ack (on 1 of 46 hosts)</bdi>');
      } finally {
        await server.stop();
      }
    });

    describe('one server', () => {
      let server: Awaited<ReturnType<typeof startMailServer>>;
      beforeAll(async () => {
        server = await startMailServer('none');
      });
      afterAll(() => server.stop());
      const sent = async (message: Outgoing) => {
        const before = server.mails.length;
        await smtpSink('mail', target(server.port)).send([message], signal);
        await until(() => server.mails.length > before);
        return server.mails.at(-1)!;
      };

      test('versions of a finding stand in one thread, two findings in two; sent again, a mail has its identifier again', async () => {
        const other = exposed({
          id: outgoing(exposed({ title: 'x' })).finding.id.replace(/^./, 'e') as never,
        });
        const mails = [
          await sent(outgoing(exposed())),
          await sent(outgoing(exposed(), { revision: 2, state: 'resolved' })),
          await sent(outgoing(exposed())),
          await sent(outgoing(other)),
        ];
        const [first, second, again, foreign] = mails.map((mail) => ({
          id: header(mail, 'Message-ID')[0],
          thread: header(mail, 'References')[0],
          answers: header(mail, 'In-Reply-To')[0],
        }));
        expect(second!.thread).toBe(first!.thread);
        expect(second!.answers).toBe(first!.thread);
        expect(first!.answers).toBeUndefined();
        expect(second!.id).not.toBe(first!.id);
        expect(again).toEqual(first);
        expect(foreign!.thread).not.toBe(first!.thread);
      });

      test.each([
        { what: 'another header', text: 'x\r\nBcc: evil@example.org' },
        { what: 'the end of the mail', text: 'x\r\n.\r\nMAIL FROM:<evil@example.org>' },
        { what: 'a folded header', text: 'x\n Bcc: evil@example.org' },
        { what: 'markup', text: '<img src="https://evil.example/x.png"><script>1</script>' },
        { what: 'an encoded word', text: '=?utf-8?q?=0D=0ABcc:_evil@example.org?=' },
        { what: 'bidirectional text', text: 'abc\u202egpj.exe' },
        { what: 'nothing but blanks', text: '   ' },
        { what: 'very much', text: 'ü'.repeat(5000) },
      ])('$what in a finding stays text', async ({ text }) => {
        const mail = await sent(outgoing(planted(exposed(), text)));
        expect(mail).toMatchObject({ to: ['soc@example.org'], recipients: ['soc@example.org'], defects: [] });
        expect(header(mail, 'Bcc')).toEqual([]);
        const [subject] = header(mail, 'Subject');
        expect(subject).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(subject!.length).toBeLessThanOrEqual(200);
        const html = mail.body['text/html']!;
        expect(html).not.toMatch(/<(?:img|script|link|iframe|a|style|object|video|form)\b|url\(|@import/i);
        expect(html).not.toMatch(/(?:src|href|background)\s*=\s*["'](?!$)/i);
        for (const part of Object.values(mail.body)) expect(part).not.toMatch(/[\u202a-\u202e]/u);
      });

      test('a digest is a mail with a line for each of its findings', async () => {
        const mail = await sent(digested());
        expect(header(mail, 'Subject')).toEqual(['[Tidemark] HIGH: Digest of 2026-11-22: 4 findings']);
        expect(mail.body['text/plain']).toContain('and 2 more');
      });
    });

    test('wrong credentials, an unknown certificate and a server without TLS are tried again, and quote no password', async () => {
      const server = await startMailServer('starttls', ['tidemark', 'hunter2']);
      const plain = await startMailServer('none');
      try {
        const wrong = send(
          target(server.port, { security: 'starttls', ca, user: 'tidemark', password: 'hunter3' }),
        );
        const error = await wrong.catch((thrown: unknown) => thrown as Error);
        expect(error).toMatchObject({ code: 'sinks/unavailable' });
        expect((error as Error).message).not.toContain('hunter3');
        await expect(send(target(server.port, { security: 'starttls' }))).rejects.toMatchObject({
          code: expect.stringMatching(/^sinks\/un/) as string,
          message: expect.stringMatching(/self-signed/) as string,
        });
        // Nobody may take STARTTLS out of the answer.
        await expect(send(target(plain.port, { security: 'starttls', ca }))).rejects.toMatchObject({
          code: expect.stringMatching(/^sinks\/un/) as string,
        });
        expect([...server.mails, ...plain.mails]).toEqual([]);
      } finally {
        await server.stop();
        await plain.stop();
      }
    });
  },
);

describe('mail servers that misbehave', () => {
  /** What the server answers to a command, by its first word; `DATA.` is the end of the message. */
  type Script = Readonly<Record<string, string | ((socket: Socket) => void)>>;
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server?.close();
  });

  const USUAL: Script = {
    greeting: '220 mail.example.org',
    EHLO: '250 mail.example.org',
    MAIL: '250 ok',
    RCPT: '250 ok',
    DATA: '354 go on',
    'DATA.': '250 taken',
    QUIT: '221 bye',
  };

  async function start(changes: Script): Promise<number> {
    const script = { ...USUAL, ...changes };
    server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      const say = (what: string): void => {
        const answer = script[what] ?? '500 what?';
        if (typeof answer === 'string') socket.write(`${answer}\r\n`);
        else answer(socket);
      };
      let text = '';
      let inData = false;
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        for (;;) {
          const terminator = inData ? '\r\n.\r\n' : '\r\n';
          const at = text.indexOf(terminator);
          if (at < 0) return;
          const command = inData ? 'DATA.' : text.slice(0, at).split(/[ :]/)[0]!.toUpperCase();
          text = text.slice(at + terminator.length);
          inData = command === 'DATA' && String(script['DATA']).startsWith('354');
          say(command);
        }
      });
      say('greeting');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  test('the usual one takes the mail', async () => {
    await expect(send(target(await start({})))).resolves.toBeUndefined();
  });

  test.each([
    { what: 'greets with 421', changes: { greeting: '421 busy' }, code: 'sinks/unavailable' },
    { what: 'greets with 554', changes: { greeting: '554 go away' }, code: 'sinks/unavailable' },
    {
      what: 'is no mail server',
      changes: { greeting: 'HTTP/1.1 400 Bad Request' },
      code: 'sinks/unreachable',
    },
    { what: 'greylists', changes: { RCPT: '450 4.7.1 later' }, code: 'sinks/unavailable' },
    { what: 'knows no recipient', changes: { RCPT: '550 5.1.1 who?' }, code: 'sinks/rejected' },
    { what: 'refuses the sender', changes: { MAIL: '550 5.7.1 no' }, code: 'sinks/rejected' },
    { what: 'wants authentication', changes: { MAIL: '530 5.7.0 authenticate' }, code: 'sinks/unavailable' },
    { what: 'has no room', changes: { 'DATA.': '452 4.3.1 full' }, code: 'sinks/unavailable' },
    { what: 'refuses the message', changes: { 'DATA.': '554 5.6.0 spam' }, code: 'sinks/rejected' },
    {
      what: 'hangs up in the middle of the message',
      changes: { DATA: (socket: Socket) => socket.end('354 go on\r\n', () => socket.destroy()) },
      code: 'sinks/unreachable',
    },
    {
      what: 'hangs up before its word on the message',
      changes: { 'DATA.': (socket: Socket) => void socket.destroy() },
      code: 'sinks/unreachable',
    },
  ] satisfies readonly { what: string; changes: Script; code: string }[])(
    'one that $what is $code',
    async ({ changes, code }) => {
      await expect(send(target(await start(changes)))).rejects.toMatchObject({ code });
    },
  );

  test('says who of several was refused, and what is left for them', async () => {
    const answers = ['250 ok', '550 5.1.1 who?', '450 4.2.0 later', '550 5.1.1 who?'];
    const RCPT = (socket: Socket): void => void socket.write(`${answers.shift()}\r\n`);
    const to = ['soc@example.org', 'gone@example.org', 'later@example.org', 'left@example.org'];
    const message = outgoing(exposed());
    const error = await send(target(await start({ RCPT }), { to }), message).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'sinks/partly-taken',
      message: expect.stringMatching(/1 of 4 recipients: .*gone@example.org \(550 5\.1\.1 who\?\)/) as string,
      remainders: [
        {
          outgoing: { only: { of: message.key, to: ['gone@example.org', 'left@example.org'] } },
          fault: { code: 'sinks/rejected' },
        },
        {
          outgoing: { only: { of: message.key, to: ['later@example.org'] } },
          fault: { code: 'sinks/unavailable' },
        },
      ],
    });
  });

  test.each(['greeting', 'EHLO', 'DATA', 'DATA.'])(
    'one that never answers to %s is left when told to',
    async (when) => {
      const stop = new AbortController();
      const port = await start({ [when]: () => stop.abort() });
      await expect(send(target(port), outgoing(exposed()), stop.signal)).rejects.toMatchObject({
        code: 'sinks/unreachable',
      });
      // Nothing of it is left behind.
      await until(() => [...sockets].every((socket) => socket.destroyed || socket.readableEnded));
    },
  );

  test('one that says more than anybody reads is left', async () => {
    const EHLO = (socket: Socket): void => {
      const more = (): void => {
        while (!socket.destroyed && socket.write('250-x'.repeat(10_000)));
        if (!socket.destroyed) socket.once('drain', more);
      };
      more();
    };
    await expect(send(target(await start({ EHLO })))).rejects.toMatchObject({ code: 'sinks/unreachable' });
  });

  test('without TLS no mail leaves this machine, and none goes to a metadata service', async () => {
    await expect(send(target(25, { host: '169.254.169.254' }))).rejects.toMatchObject({
      code: 'sinks/refused-address',
    });
  });
});
