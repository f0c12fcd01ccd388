import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const TLS = join(import.meta.dirname, '../../fixtures/tls');
/** Certificate for 127.0.0.1 and localhost, and its key. */
export const TEST_CERT = join(TLS, 'cert.pem');
export const TEST_KEY = join(TLS, 'key.pem');

/** Debian's interpreter: the one that its packages are installed for. */
const PYTHON = '/usr/bin/python3';

function runs(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Which receivers are installed; scripts/system-tools.mjs names their packages. */
export const hasMailServer = (): boolean => runs(PYTHON, '-c', 'import aiosmtpd');
export const hasNats = (): boolean => runs('nats-server', '--version');
export const hasRsyslog = (): boolean => runs('rsyslogd', '-v');
/** Whether rsyslog has its driver for TLS, a package of its own. */
export const hasRsyslogTls = (): boolean =>
  existsSync('/usr/lib') &&
  readdirSync('/usr/lib').some((name) => existsSync(join('/usr/lib', name, 'rsyslog/lmnsd_gtls.so')));
export const hasKcat = (): boolean => runs('kcat', '-V');

/** Waits until it is so; the limit of the test is the limit of the wait. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await so())) await sleep(25);
}

/** A port that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A receiver that runs until it is stopped. */
export interface Receiver {
  readonly port: number;
  stop(): Promise<void>;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A mail as Python's `email` read it, and how it came. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly tls: boolean;
  readonly user: string | null;
  /** Type of the whole. */
  readonly type: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Who is in the header `To`. */
  readonly recipients: readonly string[];
  /** What the parser did not like. */
  readonly defects: readonly string[];
  /** Its parts by type. */
  readonly body: Readonly<Record<string, string>>;
}

/** aiosmtpd; with credentials it takes mail from nobody else. */
export async function startMailServer(
  security: 'none' | 'starttls' | 'tls',
  credentials: readonly string[] = [],
): Promise<Receiver & { readonly mails: TakenMail[] }> {
  const script = join(import.meta.dirname, 'mail_server.py');
  const child = spawn(PYTHON, [script, security, TEST_CERT, TEST_KEY, ...credentials], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const mails: TakenMail[] = [];
  const lines = createInterface({ input: child.stdout });
  const [port] = (await once(lines, 'line')) as [string];
  lines.on('line', (line) => mails.push(JSON.parse(line) as TakenMail));
  return { port: Number(port), mails, stop: () => end(child) };
}

/** nats-server with a configuration; JetStream keeps its files in a folder of its own. */
export async function startNats(config: string): Promise<Receiver> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-nats-'));
  const port = await freePort();
  const file = join(folder, 'nats.conf');
  await writeFile(file, `listen: "127.0.0.1:${port}"\n${config.replaceAll('FOLDER', folder)}`);
  const child = spawn('nats-server', ['-c', file], { stdio: 'ignore' });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`);
    return answers(port);
  });
  return {
    port,
    stop: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** rsyslogd on UDP and TCP of one port and on TLS of another, which writes one line a message by the template. */
export async function startRsyslog(
  template: string,
  { tls = false }: { readonly tls?: boolean } = {},
): Promise<Receiver & { readonly tlsPort: number; lines(): Promise<readonly string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-rsyslog-'));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const file = join(folder, 'got.log');
  await writeFile(
    join(folder, 'rsyslog.conf'),
    `global(workDirectory="${folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off"
  defaultNetstreamDriverCAFile="${TEST_CERT}" defaultNetstreamDriverCertFile="${TEST_CERT}" defaultNetstreamDriverKeyFile="${TEST_KEY}")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="${port}")
input(type="imtcp" address="127.0.0.1" port="${port}")
${tls ? `input(type="imtcp" address="127.0.0.1" port="${tlsPort}" streamdriver.name="gtls" streamdriver.mode="1" streamdriver.authmode="anon")` : ''}
template(name="line" type="string" string="${template}\\n")
action(type="omfile" file="${file}" template="line")
`,
  );
  const child = spawn('rsyslogd', ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')], {
    stdio: 'ignore',
  });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`rsyslogd ended with ${child.exitCode}`);
    return (await answers(port)) && (!tls || (await answers(tlsPort)));
  });
  return {
    port,
    tlsPort,
    lines: async () => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    stop: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
