import type { Problem } from '../api/fields.ts';
import { Fault } from '../fault/fault.ts';
import { REFUSALS } from '../scope/grant.ts';
import type { RefusedTarget } from '../scope/decide.ts';

/** What goes out instead of an answer. */
export interface Refusal {
  readonly status: number;
  readonly body: Problem;
}

/** Titles of the statuses that we use, as RFC 9110 and RFC 6585 name them. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Statuses of faults by their code; what is not here goes by its room. */
const BY_CODE: Readonly<Record<string, number>> = {
  'scan/refused': 403,
  'scan/unknown': 404,
  'scan/none': 404,
  'scan/ambiguous': 409,
  'baseline/unknown': 404,
  'baseline/none': 404,
  'finding/unknown': 404,
  'finding/ambiguous': 409,
  'host/unknown': 404,
  'recon/no-such-episode': 404,
  'recon/no-such-role': 404,
  'recon/ambiguous-episode': 409,
  'sinks/unknown': 404,
  'sinks/no-dead-letter': 404,
  'token/unknown': 404,
  'token/name-taken': 409,
  'store/timeout': 422,
  'store/too-many-rows': 422,
};

/** Rooms whose faults are about what was asked. Of the others (store, audit, source, …) the caller can do nothing. */
const ABOUT_THE_REQUEST: Readonly<Record<string, number>> = {
  baseline: 422,
  diff: 422,
  feedback: 422,
  finding: 422,
  host: 422,
  page: 422,
  query: 422,
  recon: 422,
  scan: 409,
  token: 422,
};

/** A problem of our own making, known beforehand. */
export function refusal(
  status: number,
  code: string,
  detail: string,
  fix: string,
  more: Partial<Pick<Problem, 'fields' | 'refused'>> = {},
): Refusal {
  return {
    status,
    body: {
      type: `urn:tidemark:problem:${code}`,
      title: TITLES[status] ?? 'Error',
      status,
      code,
      detail,
      fix,
      ...more,
    },
  };
}

/**
 * What is told of an error. Of what is wrong inside nothing but a code: messages may hold paths, addresses of receivers
 * and texts of the engine, and are for the log.
 */
export function problemOf(error: unknown): Refusal & { readonly inside: boolean } {
  if (error instanceof Refused) return { ...error.refusal, inside: false };
  if (error instanceof Fault) {
    const [room = ''] = error.code.split('/');
    const status = BY_CODE[error.code] ?? ABOUT_THE_REQUEST[room];
    if (status !== undefined) {
      const refused = refusedOf(error);
      return {
        ...refusal(status, error.code, error.message, error.fix, refused === undefined ? {} : { refused }),
        inside: false,
      };
    }
    return {
      ...refusal(
        503,
        error.code,
        'Tidemark could not do this now.',
        'The log of `tidemark serve` and `tidemark doctor` say why.',
      ),
      inside: true,
    };
  }
  const framework = frameworkProblem(error);
  if (framework !== undefined) return { ...framework, inside: false };
  return {
    ...refusal(
      500,
      'server/internal',
      'Tidemark failed to answer.',
      'This is a defect: the log of `tidemark serve` has what is needed to report it.',
    ),
    inside: true,
  };
}

/** Thrown where a request is refused. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(...given: Parameters<typeof refusal>) {
    super(given[2]);
    this.refusal = refusal(...given);
  }
}

function refusedOf(fault: Fault): Problem['refused'] {
  if (!('refused' in fault) || !Array.isArray(fault.refused)) return undefined;
  return (fault.refused as readonly RefusedTarget[]).slice(0, 100).map(({ target, rule, why, grant }) => ({
    target,
    rule,
    why,
    means: REFUSALS[rule],
    grant: grant ?? null,
  }));
}

/** What Fastify itself refuses, in our words: its messages quote the request. */
function frameworkProblem(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  switch (statusCode) {
    case 400:
      return refusal(
        400,
        'request/malformed',
        'The request is not well-formed.',
        'Send valid JSON and paths.',
      );
    case 404:
      return refusal(404, 'request/no-such-route', 'There is nothing here.', 'See /api/v1/openapi.json.');
    case 413:
      return refusal(413, 'request/too-large', 'The request is too large.', 'Send less at once.');
    case 414:
      return refusal(414, 'request/too-long', 'A part of the path is too long.', 'Check the path.');
    case 415:
      return refusal(
        415,
        'request/not-json',
        'The body is not declared as JSON.',
        'Send it with Content-Type: application/json.',
      );
    default:
      return undefined;
  }
}
