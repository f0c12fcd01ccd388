import { Fault } from '../fault/fault.ts';
import type { FaultCode } from '../fault/fault.ts';

interface Kind {
  readonly code: FaultCode;
  readonly fix: string;
}

const WRONG_PASSWORD: Kind = {
  code: 'store/wrong-password',
  fix: 'Check store.user and store.password (or the environment variable they come from).',
};
const ACCESS_DENIED: Kind = {
  code: 'store/access-denied',
  fix: 'Give the user SELECT, INSERT, CREATE, ALTER and KILL QUERY on the database, or name another user in store.user.',
};
const OUT_OF_MEMORY: Kind = {
  code: 'store/out-of-memory',
  fix: 'Raise store.memory, ask for a shorter time or fewer hosts, or move to a server with store.url.',
};
const DISK_FULL: Kind = {
  code: 'store/disk-full',
  fix: 'Free space on the disk of the store and run the command again: what was acknowledged is kept, nothing is half there.',
};
const CANCELLED: Kind = { code: 'store/cancelled', fix: 'Run the command again.' };
const ENGINE_DIED: Kind = {
  code: 'store/engine-died',
  fix: 'Run the command again; when it happens twice, report it with the output of `tidemark doctor --json`.',
};
const TIMEOUT: Kind = {
  code: 'store/timeout',
  fix: 'Ask for a shorter time or fewer hosts, or raise store.timeoutSeconds.',
};
const BUSY: Kind = {
  code: 'store/busy',
  fix: 'Wait until other work on the store has ended, then run the command again.',
};
const SHARD: Kind = {
  code: 'store/shard-unreachable',
  fix: 'Bring the missing node of the cluster back: an answer without it would be a part of the truth.',
};
const UNREACHABLE: Kind = {
  code: 'store/unreachable',
  fix: 'Check that the ClickHouse server runs and that store.url names its HTTP(S) port (8123 or 8443 by default).',
};
const TLS: Kind = {
  code: 'store/tls',
  fix: 'Check store.url and store.tls: the certificate has to be signed by store.tls.ca and to carry the name in the URL.',
};
const TOO_MUCH: Kind = { code: 'store/too-many-rows', fix: 'Add a LIMIT or a narrower WHERE.' };
const BAD_QUERY: Kind = {
  code: 'store/bad-query',
  fix: 'Correct the query; `tidemark query --views` lists names and columns.',
};
const NO_TABLE: Kind = {
  code: 'store/unknown-table',
  fix: 'Check the name; if the store is older than the program, any command that writes brings it up to date.',
};
const BAD_PARAMETER: Kind = {
  code: 'store/bad-parameter',
  fix: 'Correct the value: the message names the parameter and its type.',
};
const BAD_ROW: Kind = {
  code: 'store/bad-row',
  fix: 'Report this with the file that you imported: a reader let a bad value through.',
};
const CORRUPT: Kind = {
  code: 'store/corrupt',
  fix: 'Run `tidemark doctor`, restore the data directory from a copy, or set it aside and import the scans again.',
};
const TOO_OLD: Kind = { code: 'store/engine-too-old', fix: 'Upgrade the ClickHouse server.' };
const NO_CLUSTER: Kind = {
  code: 'store/unknown-cluster',
  fix: 'Set store.cluster to a name from system.clusters of the server, or leave it out for a single server.',
};
const NO_DATABASE: Kind = {
  code: 'store/unknown-database',
  fix: 'Create the database, or correct store.database.',
};
const LOCKED: Kind = { code: 'store/locked', fix: 'Wait until the other process has ended.' };
const FAILED: Kind = { code: 'store/query-failed', fix: 'Report this with the command that you ran.' };

/** ClickHouse error codes (src/Common/ErrorCodes.cpp) that an operator can do something about. */
const BY_CODE: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  ...[192, 193, 194, 516].map((code) => [code, WRONG_PASSWORD] as const),
  ...[164, 291, 497, 452].map((code) => [code, ACCESS_DENIED] as const),
  ...[173, 241].map((code) => [code, OUT_OF_MEMORY] as const),
  ...[243].map((code) => [code, DISK_FULL] as const),
  ...[394].map((code) => [code, CANCELLED] as const),
  ...[236].map((code) => [code, ENGINE_DIED] as const),
  ...[159, 160, 209].map((code) => [code, TIMEOUT] as const),
  ...[202, 252, 319, 473].map((code) => [code, BUSY] as const),
  ...[210, 279, 519].map((code) => [code, SHARD] as const),
  ...[158, 307, 396].map((code) => [code, TOO_MUCH] as const),
  ...[35, 36, 42, 43, 44, 46, 47, 53, 62, 63, 70, 184, 179, 207, 215, 386].map(
    (code) => [code, BAD_QUERY] as const,
  ),
  ...[60].map((code) => [code, NO_TABLE] as const),
  ...[6, 16, 26, 27, 33, 38, 41, 48, 72, 117, 130, 190, 441, 675, 676, 691].map(
    (code) => [code, BAD_ROW] as const,
  ),
  ...[456, 457].map((code) => [code, BAD_PARAMETER] as const),
  ...[40, 228, 246, 271, 740].map((code) => [code, CORRUPT] as const),
  ...[115].map((code) => [code, TOO_OLD] as const),
  ...[170, 701].map((code) => [code, NO_CLUSTER] as const),
  ...[81].map((code) => [code, NO_DATABASE] as const),
]);

const BY_ERRNO: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'EPIPE',
  ].map((code) => [code, UNREACHABLE] as const),
  ...[
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'EPROTO',
  ].map((code) => [code, TLS] as const),
  ['ENOSPC', DISK_FULL],
  ['EDQUOT', DISK_FULL],
]);

/** Said by the engine in words when the number does not tell: a full disk surfaces as a failed write (75, 76, …). */
const BY_TEXT: readonly (readonly [RegExp, Kind])[] = [
  [/No space left on device|errno: 28\b|Disk quota exceeded/, DISK_FULL],
  [/Cannot lock file .*status/, LOCKED],
  [/wrong version number|SSL routines/i, TLS],
  [/\bTimeout error\b/, TIMEOUT],
  [/socket hang up|aborted/i, UNREACHABLE],
];

/** The number that ClickHouse gave the error, from the client's field or the engine's text. */
export function engineCode(error: unknown): number | undefined {
  const fields = error as { code?: unknown; clickhouseCode?: unknown; message?: string } | undefined;
  if (typeof fields?.clickhouseCode === 'number') return fields.clickhouseCode;
  if (typeof fields?.code === 'string' && /^\d+$/.test(fields.code)) return Number(fields.code);
  const text = /\bCode: (\d+)\./.exec(fields?.message ?? '')?.[1];
  return text === undefined ? undefined : Number(text);
}

function kindOf(error: unknown): Kind {
  const message = String((error as Error | undefined)?.message ?? error);
  for (const [pattern, kind] of BY_TEXT.slice(0, 2)) if (pattern.test(message)) return kind;
  const code = engineCode(error);
  if (code !== undefined) return BY_CODE.get(code) ?? FAILED;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const errno = (at as NodeJS.ErrnoException).code;
    const kind = errno === undefined ? undefined : BY_ERRNO.get(errno);
    if (kind !== undefined) return kind;
  }
  return BY_TEXT.find(([pattern]) => pattern.test(message))?.[1] ?? FAILED;
}

/** The engine's sentence without the frame around it: one line, no stack, no build number, at most 500 characters. */
function sentence(error: unknown): string {
  const text = String((error as Error | undefined)?.message ?? error)
    .replace(/^Query failed: /, '')
    .replace(/^Code: \d+\. /, '')
    .replace(/^DB::Exception: /, '')
    .replace(/\s*\(version [^)]*\)\)?\s*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.length > 500 ? `${text.slice(0, 499)}…` : text;
}

/**
 * The one place where an error of the engine, of its client or of the network becomes a Fault.
 * `doing` says what was asked for: a query's name, a table. A Fault passes through unchanged.
 */
export function toFault(error: unknown, doing: string): Fault {
  if (error instanceof Fault) return error;
  const kind = kindOf(error);
  return new Fault(kind.code, `${doing}: ${sentence(error)}`, kind.fix, {}, { cause: error });
}

/** What an aborted signal means to the caller, whatever the engine said. */
export function cancelled(doing: string, reason: unknown): Fault {
  return new Fault(CANCELLED.code, `${doing}: stopped on request`, CANCELLED.fix, {}, { cause: reason });
}
