import { isIpv6, parseIpv4, type IpAddress } from '../../net/ip-address.ts';
import { contains, parsePrefix, type Prefix } from '../../net/prefix.ts';

/**
 * What a recorded Nmap command line tells about a run. Nmap writes `args` as one line; options
 * are read as Nmap's getopt_long_only does (`--min_rate` and `-script` are accepted spellings).
 */
export interface CommandLine {
  /** Nothing is recorded: every question below is open. */
  readonly empty: boolean;
  readonly versions: boolean;
  readonly os: boolean;
  /** Scripts asked for, sorted; `default` for -sC and -A, `version` for those that -sV runs. */
  readonly scripts: readonly string[];
  /** False with -n: no reverse lookup was made. */
  readonly names: boolean;
  /** Host discovery options, sorted; empty for Nmap's default. `-Pn` covers its older spellings. */
  readonly discovery: readonly string[];
  readonly targets: TargetList;
}

/** The targets of a command line. */
export interface TargetList {
  readonly matchers: readonly TargetMatcher[];
  /** Host names given as targets, lower case. */
  readonly names: readonly string[];
  /** Files and counts that stand for targets we cannot see: `-iL hosts.txt`, `-iR 100`, names with a mask. */
  readonly unseen: readonly string[];
  readonly excluded: readonly TargetMatcher[];
  /** Exclusions that we cannot see: a file, or host names. */
  readonly unseenExclusions: boolean;
  /** All of the above as one text; equal texts ask for the same targets. */
  readonly specification: string;
}

/** An address block, or Nmap's octet ranges `10.0-3.*.1,5`. */
type TargetMatcher =
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | {
      readonly kind: 'octets';
      readonly octets: readonly (readonly (readonly [from: number, to: number])[])[];
    };

/** Options of Nmap 3–7.9x that take their value from the next word when it is not attached. */
const VALUED =
  /^(?:-(?:p|iL|iR|i|oX|oN|oG|oS|oA|oM|oH|S|e|g|D|b|sI|m|T|M)|--(?:exclude|excludefile|exclude-ports|top-ports|port-ratio|host-timeout|max-retries|min-rate|max-rate|scan-delay|max-scan-delay|(?:min|max|initial)-rtt-timeout|(?:min|max)-hostgroup|(?:min|max)-parallelism|script|script-args|script-args-file|script-help|script-timeout|version-intensity|dns-servers|data-length|data|data-string|ip-options|ttl|spoof-mac|source-port|proxy|proxies|mtu|datadir|servicedb|versiondb|stylesheet|resume|scanflags|max-os-tries|stats-every|nsock-engine|g|decoys|interface|zombie))$/;
/** Of those, the short ones whose value may be attached: `-p80`, `-T4`. */
const ATTACHED = /^-(p|iL|iR|oX|oN|oG|oS|oA|oM|S|e|g|D|b|sI|m|T|M)(?=.)/;

function words(line: string): string[] {
  return Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g), (match) =>
    match[1] === undefined ? (match[2] ?? '') : match[1].replace(/\\(.)/g, '$1'),
  );
}

/** Reads a recorded command line; never throws, what it does not know it passes over. */
export function readCommandLine(line: string): CommandLine {
  const [, ...rest] = words(line);
  let versions = false;
  let os = false;
  let names = true;
  const scripts = new Set<string>();
  const discovery = new Set<string>();
  const targets: string[] = [];
  const excludes: string[] = [];
  const unseen: string[] = [];
  let unseenExclusions = false;
  for (let index = 0; index < rest.length; index += 1) {
    let word = rest[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      targets.push(word);
      continue;
    }
    let value: string | undefined;
    if (/^-{1,2}[a-z]{3}[a-z_-]*(?:=|$)/.test(word) && !/^-(?:sn|oX)/.test(word)) {
      const equals = word.indexOf('=');
      if (equals >= 0) value = word.slice(equals + 1);
      word = `--${word
        .slice(0, equals < 0 ? undefined : equals)
        .replace(/^-+/, '')
        .replaceAll('_', '-')}`;
    } else {
      const attached = ATTACHED.exec(word);
      if (attached !== null) {
        value = word.slice(attached[0].length);
        word = attached[0];
      }
    }
    if (value === undefined && VALUED.test(word)) {
      index += 1;
      value = rest[index] ?? '';
    }
    if (word === '-A') {
      versions = true;
      os = true;
      scripts.add('default');
    } else if (/^-s[A-Za-z]*V/.test(word)) versions = true;
    else if (word === '-O') os = true;
    else if (word === '-n') names = false;
    else if (word === '--script') for (const name of (value ?? '').split(',')) scripts.add(name.trim());
    else if (word === '-iL' || word === '-iR') unseen.push(`${word} ${value ?? ''}`);
    else if (word === '--exclude') excludes.push(...(value ?? '').split(','));
    else if (word === '--excludefile') {
      unseenExclusions = true;
      unseen.push(`${word} ${value ?? ''}`);
    } else if (/^-P[n0ND]$/.test(word)) discovery.add('-Pn');
    else if (/^-P[A-Z]/.test(word) || word === '--disable-arp-ping') discovery.add(word);
    if (/^-s[A-Za-z]*C/.test(word)) scripts.add('default');
  }
  if (versions) scripts.add('version');
  return {
    empty: line.trim() === '',
    versions,
    os,
    scripts: [...scripts].toSorted(),
    names,
    discovery: [...discovery].toSorted(),
    targets: readTargets(targets, excludes, unseen, unseenExclusions),
  };
}

function readTargets(
  targets: readonly string[],
  excludes: readonly string[],
  hidden: readonly string[],
  hiddenExclusions: boolean,
): TargetList {
  const matchers: TargetMatcher[] = [];
  const names: string[] = [];
  const unseen = [...hidden];
  for (const target of targets) {
    const matcher = readMatcher(target);
    if (matcher !== undefined) matchers.push(matcher);
    else if (target.includes('/')) unseen.push(target);
    else names.push(target.toLowerCase());
  }
  const excluded: TargetMatcher[] = [];
  let unseenExclusions = hiddenExclusions;
  for (const exclude of excludes) {
    const matcher = readMatcher(exclude);
    if (matcher !== undefined) excluded.push(matcher);
    else unseenExclusions = true;
  }
  return {
    matchers,
    names,
    unseen,
    excluded,
    unseenExclusions,
    specification: [...targets.toSorted(), '!', ...excludes.toSorted(), ...hidden.toSorted()].join(' '),
  };
}

function readMatcher(text: string): TargetMatcher | undefined {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return { kind: 'prefix', prefix };
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const octets: (readonly [number, number])[][] = [];
  for (const part of parts) {
    const ranges: (readonly [number, number])[] = [];
    for (const piece of part.split(',')) {
      const match = /^(?:\*|(\d{0,3})(-)(\d{0,3})|(\d{1,3}))$/.exec(piece);
      if (match === null) return undefined;
      const single = match[4] === undefined ? undefined : Number(match[4]);
      const from = single ?? (match[1] === undefined || match[1] === '' ? 0 : Number(match[1]));
      const to = single ?? (match[3] === undefined || match[3] === '' ? 255 : Number(match[3]));
      if (from > to || to > 255) return undefined;
      ranges.push([from, to]);
    }
    octets.push(ranges);
  }
  return { kind: 'octets', octets };
}

function matches(matcher: TargetMatcher, address: IpAddress): boolean {
  if (matcher.kind === 'prefix') return contains(matcher.prefix, address);
  if (isIpv6(address)) return false;
  const value = parseIpv4(address);
  if (value === undefined) return false;
  return matcher.octets.every((ranges, index) => {
    const octet = Math.floor(value / 256 ** (3 - index)) % 256;
    return ranges.some(([from, to]) => octet >= from && octet <= to);
  });
}

/** Whether the targets name this address outright; undefined when exclusions that we cannot see may take it out again. */
export function targetsName(targets: TargetList, address: IpAddress): boolean | undefined {
  if (targets.excluded.some((matcher) => matches(matcher, address))) return false;
  if (!targets.matchers.some((matcher) => matches(matcher, address))) return false;
  return targets.unseenExclusions ? undefined : true;
}

/** Whether an address was left out by name: then it was not tried, whatever else is known. */
export function targetsExclude(targets: TargetList, address: IpAddress): boolean {
  return targets.excluded.some((matcher) => matches(matcher, address));
}
