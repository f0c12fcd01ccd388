import { httpShape } from '../../../fingerprint/http-shape.ts';
import type { Said } from './said.ts';

/** RFC 9112, 3: a request line. Scanners send methods that do not exist, so any word will do. */
const REQUEST = /^([A-Za-z]{2,24}) ([^ \r\n]{1,2000}) HTTP\/(1\.[01])\r?\n/;
const STATUS = /^HTTP\/1\.[01] (\d{3})/;
const HOST = /\nhost:[ \t]*([^\r\n]*)/i;
const AGENT = /\nuser-agent:[ \t]*([^\r\n]*)/i;

/** The first request of HTTP/1, and the status of its answer; undefined when it is none. */
export function httpSaid(asked: string, answered: string): Said | undefined {
  const request = beginsWord(asked.charCodeAt(0)) ? REQUEST.exec(asked) : null;
  if (request === null) return undefined;
  const status = httpStatus(answered);
  return {
    service: 'http',
    action: request[1] ?? '',
    target: request[2] ?? '',
    name: HOST.exec(asked)?.[1]?.trimEnd() ?? '',
    shape: httpShape(request[1] ?? '', request[3] ?? '', asked.slice(request[0].length)),
    agent: AGENT.exec(asked)?.[1]?.trimEnd() ?? '',
    status,
    accepted: status !== '',
  };
}

/** The status code that an answer of HTTP/1 begins with; empty when it is none. */
export function httpStatus(answered: string): string {
  return STATUS.exec(answered)?.[1] ?? '';
}

/** Whether payload that begins with this octet may be a request: most is refused here. */
export function beginsWord(octet: number): boolean {
  return (octet >= 65 && octet <= 90) || (octet >= 97 && octet <= 122);
}

/** Whether text begins with the line of a request. */
export function isRequest(text: string): boolean {
  return REQUEST.test(text);
}
