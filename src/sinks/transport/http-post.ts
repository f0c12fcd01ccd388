import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Fault } from '../../fault/fault.ts';
import { checkLiteralHost, guardedLookup } from './address-guard.ts';
import type { TlsMaterial } from './connect-host.ts';

/** How a web address is reached. */
export interface HttpTarget extends TlsMaterial {
  readonly url: string;
  /** Names or addresses that may be of this machine or its link. */
  readonly allowHosts: readonly string[];
}

/** An answer, its body cut at a bound. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** The most that is read of an answer: `_bulk` says about 200 bytes an item. */
const MOST_ANSWER = 4 << 20;

/**
 * One POST over HTTP(S). Redirects are not followed, proxies of the environment not asked, certificates are checked. Throws
 * a Fault `sinks/refused-address`, `sinks/unreachable`, or for a status beside 2xx `sinks/refused` (the request is wrong:
 * 400, 413, 415, 422) or `sinks/unavailable` (everything else, among it 401, 403, 404, 408, 429, 5xx and redirects).
 */
export async function post(
  { url, allowHosts, ca, cert, key }: HttpTarget,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const target = new URL(url);
  checkLiteralHost(target.hostname, allowHosts);
  const bytes = Buffer.from(body);
  const make = target.protocol === 'https:' ? requestHttps : requestHttp;
  const answer = await new Promise<HttpAnswer>((resolve, reject) => {
    const request = make(
      target,
      {
        method: 'POST',
        headers: { 'user-agent': 'tidemark', ...headers, 'content-length': String(bytes.length) },
        lookup: guardedLookup(allowHosts),
        // Also where the environment says otherwise (NODE_TLS_REJECT_UNAUTHORIZED).
        rejectUnauthorized: true,
        // A kept connection would outlive the command.
        agent: false,
        signal,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined || key === undefined ? {} : { cert, key }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MOST_ANSWER) chunks.push(chunk);
          else response.destroy(new Error('the answer is too long'));
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    request.on('error', reject);
    request.end(bytes);
  }).catch((cause: unknown) => {
    if (cause instanceof Fault) throw cause;
    throw new Fault(
      'sinks/unreachable',
      // The path may hold a secret: the host alone is named.
      `${target.host} was not reached: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Look at the URL, the network and the certificate; it is tried again.',
      {},
      { cause },
    );
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw statusFault(target.host, answer);
}

const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422]);

function statusFault(host: string, { status, body }: HttpAnswer): Fault {
  const said = body.slice(0, 200);
  return new Fault(
    REFUSALS.has(status) ? 'sinks/refused' : 'sinks/unavailable',
    `${host} answered ${status}${said === '' ? '' : `: ${said}`}`,
    status === 401 || status === 403
      ? 'Correct the secret of the sink and what it may do there.'
      : status >= 300 && status < 400
        ? 'Redirects are not followed: name the address that it leads to.'
        : 'Read the answer and the log of the receiver.',
  );
}
