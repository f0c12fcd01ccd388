import { Buffer } from 'node:buffer';
import type { Said } from './said.ts';

/** RFC 9112, 3: a request line. Scanners send methods that do not exist, so any word will do. */
const REQUEST = /^([A-Za-z]{2,24}) ([^ \r\n]{1,2000}) HTTP\/1\.[01]\r?\n/;
const STATUS = /^HTTP\/1\.[01] (\d{3})/;
const HOST = /\nhost:[ \t]*([^\r\n]*)/i;
const AGENT = /\nuser-agent:[ \t]*([^\r\n]*)/i;

/** The first request of HTTP/1, and the status of its answer; undefined when it is none. */
export function httpSaid(asked: Uint8Array, answered: Uint8Array): Said | undefined {
  const first = asked[0] ?? 0;
  // Letters only: most payloads are refused here.
  if (!((first >= 65 && first <= 90) || (first >= 97 && first <= 122))) return undefined;
  const text = Buffer.from(asked.buffer, asked.byteOffset, asked.length).toString('latin1');
  const request = REQUEST.exec(text);
  if (request === null) return undefined;
  const status = httpStatus(answered);
  return {
    service: 'http',
    action: request[1] ?? '',
    target: request[2] ?? '',
    name: HOST.exec(text)?.[1]?.trimEnd() ?? '',
    agent: AGENT.exec(text)?.[1]?.trimEnd() ?? '',
    status,
    accepted: status !== '',
  };
}

/** The status code that an answer of HTTP/1 begins with; empty when it is none. */
export function httpStatus(answered: Uint8Array): string {
  const { buffer, byteOffset, length } = answered;
  return STATUS.exec(Buffer.from(buffer, byteOffset, Math.min(length, 16)).toString('latin1'))?.[1] ?? '';
}
