import { byName } from '../../files/expand.ts';

/**
 * Logs of Zeek that say nothing about who talks to whom, or only what conn.log and the protocol logs say too. Sources:
 * the lists of streams in Zeek's documentation (script-reference/log-files) and zeekctl's own files.
 */
const ZEEK_WITHOUT_USE = new Set(
  (
    'analyzer broker capture_loss cluster communication config conn-summary dpd files known_certs known_devices known_hosts ' +
    'known_modbus known_services loaded_scripts ocsp packet_filter pe print prof reporter software stats stderr stdout ' +
    'telemetry weird_stats x509'
  ).split(' '),
);

/** Other files that sensors leave beside their records. */
const OTHERS: readonly (readonly [name: RegExp, why: string])[] = [
  [/^fast\.log/, 'eve.json holds the same alerts and more'],
  [/^suricata(?:-start)?\.log/, 'Suricata’s messages about itself'],
  [/^nfcapd\.current/, 'nfcapd still writes it'],
  [/\.(?:pid|md5|sha256|idx|lock|sw[op]|tmp|part)$/, 'not a log by its name'],
];

/** Why a file that only a directory names is not worth reading, or undefined. Compression and rotation do not matter. */
export function withoutUse(name: string): string | undefined {
  const other = OTHERS.find(([pattern]) => pattern.test(name));
  if (other !== undefined) return other[1];
  const stream = /^([a-z][a-z0-9_-]*)\.(?:[^/]*\.)?log(?:\.|$)/.exec(name)?.[1];
  if (stream === undefined || !ZEEK_WITHOUT_USE.has(stream)) return undefined;
  return `Zeek’s ${stream}.log says nothing that is used`;
}

/**
 * Names of a directory in the order in which they were written, as far as names tell: what carries a date or a time
 * (`2026-11-22`, `conn.00:00:00-01:00:00.log.gz`, `eve-20261122.json`, `nfcapd.202611220405`) from the oldest on; then
 * what was numbered by rotation (`eve.json.2.gz`, `eve.json.1`), the highest first; then the rest, which is written now.
 */
export function byAge(a: string, b: string): number {
  const [ageA, ageB] = [ageOf(a), ageOf(b)];
  if (ageA.kind !== ageB.kind) return ageA.kind - ageB.kind;
  if (ageA.number !== ageB.number) return ageB.number - ageA.number;
  return byName(ageA.stamp, ageB.stamp) || byName(a, b);
}

interface Age {
  /** 0 dated, 1 numbered, 2 neither. */
  readonly kind: 0 | 1 | 2;
  /** Digits of the date and time. */
  readonly stamp: string;
  readonly number: number;
}

const DATE = /(?:19|20)\d\d-?[01]\d-?[0-3]\d(?:[-_T.]?[0-2]\d[:_-]?[0-5]\d(?:[:_-]?[0-5]\d)?)?/;
const TIME = /\.[0-2]\d[:_][0-5]\d[:_][0-5]\d\b/;
/** Seconds since 1970 in a name, 2001 and later. */
const EPOCH = /(?<!\d)1\d{9}(?!\d)/;

function ageOf(name: string): Age {
  const stamp = DATE.exec(name)?.[0] ?? TIME.exec(name)?.[0] ?? EPOCH.exec(name)?.[0];
  if (stamp !== undefined) return { kind: 0, stamp: stamp.replaceAll(/\D/g, ''), number: 0 };
  const number = /\.(\d{1,4})(?:\.(?:gz|zst|bz2|xz))?$/.exec(name)?.[1];
  if (number !== undefined) return { kind: 1, stamp: '', number: Number(number) };
  return { kind: 2, stamp: '', number: 0 };
}
