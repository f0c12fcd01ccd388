import type { Socket } from 'node:net';
import { createTransport, type NodemailerError } from 'nodemailer';
import { Fault } from '../../fault/fault.ts';
import { onlyFor, type Outgoing } from '../../findings/outgoing.ts';
import { toMail } from '../format/mail.ts';
import { PartlyTaken, type Remainder, type Sender, type Sink } from '../sink.ts';
import { isLoopback } from './address-guard.ts';
import { connectHost, serverName, type HostTarget, type TlsMaterial } from './connect-host.ts';

/** Where mail is handed in, from whom and for whom. */
export interface SmtpTarget extends HostTarget, TlsMaterial {
  /** `starttls` demands the upgrade (RFC 3207), `tls` is TLS from the start (RFC 8314), `none` is for loopback alone. */
  readonly security: 'starttls' | 'tls' | 'none';
  /** Addresses that were checked: one mailbox each, nothing that a header could be made of. */
  readonly from: string;
  readonly to: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly timeoutMillis: number;
  readonly sender: Sender;
}

/**
 * A mail a finding to a mail server (RFC 5321), text and HTML. Its Message-ID is made of the key; `References` names one
 * root for all versions of a finding, so that they stand in one thread. An answer 4xx is tried again, an answer 5xx to
 * the message gives it up at once. If only some of the recipients are refused, the others have it, and it goes on for those
 * alone; who was taken out of the configuration meanwhile is not asked for any more.
 */
export function smtpSink(name: string, target: SmtpTarget): Sink {
  return {
    name,
    kind: 'smtp',
    atOnce: 1,
    async send(batch, signal) {
      for (const outgoing of batch) await sendMail(outgoing, target, signal);
    },
  };
}

async function sendMail(outgoing: Outgoing, target: SmtpTarget, signal: AbortSignal): Promise<void> {
  const { host, port, security, from, user, password, timeoutMillis, ca, cert, key, sender } = target;
  const { only } = outgoing;
  const to = only === undefined ? target.to : target.to.filter((address) => only.to.includes(address));
  if (to.length === 0) return;
  const domain = from.slice(from.lastIndexOf('@') + 1);
  // To whoever is left it is the same mail.
  const whole = only === undefined ? outgoing : { ...outgoing, key: only.of };
  const { messageId, thread, ...content } = toMail(whole, domain);
  const socket = await openConnection(target, signal);
  try {
    const mailer = createTransport({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      name: heloName(sender.hostname),
      tls: { rejectUnauthorized: true, ...serverName(host), ...given({ ca, cert, key }) },
      connectionTimeout: timeoutMillis,
      greetingTimeout: timeoutMillis,
      socketTimeout: timeoutMillis,
      socketCloseTimeout: 0,
      getSocket: (_, callback) => callback(null, { connection: socket }),
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(user === undefined ? {} : { auth: { user, pass: password ?? '' }, forceAuth: true }),
    });
    const { rejected, rejectedErrors } = await mailer.sendMail({
      from: { name: 'Tidemark', address: from },
      to: to.map((address) => ({ name: '', address })),
      envelope: { from, to: [...to] },
      ...content,
      date: new Date(outgoing.at / 1e3),
      messageId: `<${messageId}>`,
      references: `<${thread}>`,
      ...(outgoing.revision === 1 ? {} : { inReplyTo: `<${thread}>` }),
      // RFC 3834, and Exchange's word for it: no out-of-office answers.
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      signal,
    });
    if (rejected.length === 0) return;
    const remainders = remaindersOf(outgoing, rejectedErrors ?? [], `${host}:${port}`);
    throw new PartlyTaken(
      `${host}:${port} took the mail for ${to.length - rejected.length} of ${to.length} recipients: ${remainders.map(({ fault }) => fault.message).join('; ')}`,
      remainders,
    );
  } catch (error) {
    throw smtpFault(error, `${host}:${port}`);
  } finally {
    socket.destroy();
  }
}

/** What is left for those that were refused: apart, those refused for good and those that are told to come again. */
function remaindersOf(
  outgoing: Outgoing,
  errors: readonly NodemailerError[],
  where: string,
): readonly Remainder[] {
  const isForGood = ({ responseCode }: NodemailerError): boolean =>
    responseCode !== undefined && responseCode >= 500;
  return [errors.filter(isForGood), errors.filter((error) => !isForGood(error))].flatMap((refusals) => {
    const [first] = refusals;
    if (first === undefined) return [];
    const words = refusals.map(({ recipient, response }) => `${recipient} (${response})`).join(', ');
    const fault = new Fault(
      isForGood(first) ? 'sinks/rejected' : 'sinks/unavailable',
      `${where} refuses ${words}`,
      'Correct "to" of the sink, or the mailbox; then requeue the message.',
    );
    return [
      {
        outgoing: onlyFor(
          outgoing,
          refusals.flatMap(({ recipient }) => recipient ?? []),
        ),
        fault,
      },
    ];
  });
}

/** The connection, which without TLS leads to this machine alone. */
async function openConnection(target: SmtpTarget, signal: AbortSignal): Promise<Socket> {
  const { host, port, security } = target;
  let socket: Socket;
  try {
    socket = await connectHost(target, signal);
  } catch (error) {
    throw smtpFault(error, `${host}:${port}`);
  }
  if (security !== 'none' || isLoopback(socket.remoteAddress ?? '')) return socket;
  socket.destroy();
  throw new Fault(
    'sinks/refused-address',
    `${host} is ${socket.remoteAddress ?? 'nowhere'}: mail without TLS goes to this machine only`,
    'Set "security" of the sink to starttls or tls.',
  );
}

/** Answers about the session, not the message: TLS or authentication is missing, too weak or wrong (RFC 4954, 6). */
const SESSION_CODES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

function smtpFault(error: unknown, where: string): Fault {
  if (error instanceof Fault) return error;
  const { message, code, responseCode } = error as NodemailerError;
  if (code === 'EAUTH')
    return new Fault(
      'sinks/unavailable',
      `${where}: ${message}`,
      'Correct user and password of the sink.',
      {},
      { cause: error },
    );
  const rejected =
    (code === 'EENVELOPE' || code === 'EMESSAGE') &&
    responseCode !== undefined &&
    responseCode >= 500 &&
    !SESSION_CODES.has(responseCode);
  if (rejected)
    return new Fault(
      'sinks/rejected',
      `${where}: ${message}`,
      'Read the answer; once it is corrected, requeue the message.',
      {},
      { cause: error },
    );
  return new Fault(
    responseCode === undefined ? 'sinks/unreachable' : 'sinks/unavailable',
    `${where}: ${message}`,
    'Look at host, port, security and certificate, and at the log of the mail server; it is tried again.',
    {},
    { cause: error },
  );
}

/** What EHLO says: a name of letters, digits, dots and hyphens, or the address literal that RFC 5321, 4.1.4 has for none. */
function heloName(hostname: string): string {
  return /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(hostname) ? hostname : '[127.0.0.1]';
}

function given<T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
