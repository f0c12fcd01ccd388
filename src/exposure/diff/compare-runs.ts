import type { Comparability } from '../model/change.ts';
import { readCommandLine } from '../model/command-line.ts';
import { privilegesOf, type Privileges, type RunInfo, type ScanInfo } from '../model/scan-run.ts';

/** The part of a run that decides what it may be held against. */
export type ComparedRun = Pick<
  RunInfo,
  'scanner' | 'args' | 'format' | 'scaninfo' | 'vantage' | 'privileges' | 'profile' | 'status'
>;

/**
 * Whether two runs may be held against each other. Vantage, privileges and at least one protocol
 * have to agree; what else differs limits the comparison to what both looked at.
 */
export function compareRuns(a: ComparedRun, b: ComparedRun): Comparability {
  const why: string[] = [];
  if (a.vantage !== b.vantage) {
    why.push(
      `the scans were made from different places: the first from ${a.vantage}, the second from ${b.vantage}`,
    );
  }
  const pa = privileges(a);
  const pb = privileges(b);
  if (pa !== 'unknown' && pb !== 'unknown' && pa !== pb) {
    why.push(`the first scan used ${words(pa)}, the second ${words(pb)}: they see different things`);
  }
  const protocolsA = protocols(a.scaninfo);
  const protocolsB = protocols(b.scaninfo);
  const common = protocolsA.filter((protocol) => protocolsB.includes(protocol));
  if (common.length === 0 && protocolsA.length > 0 && protocolsB.length > 0) {
    why.push(
      `the scans have no protocol in common: the first is ${protocolsA.join(', ')}, the second ${protocolsB.join(', ')}`,
    );
  }
  const methods = differingMethods(a.scaninfo, b.scaninfo);
  if (methods !== undefined) why.push(methods);
  if (why.length > 0) return { comparable: false, why };
  return { comparable: true, limits: limits(a, b, protocolsA, protocolsB) };
}

/** Privileges as given, else as the kinds of scan tell them. */
function privileges(run: ComparedRun): Privileges {
  return run.privileges === 'unknown' ? privilegesOf(run) : run.privileges;
}

function words(needed: Privileges): string {
  return needed === 'raw' ? 'raw packets' : 'full connections';
}

function protocols(scaninfo: readonly ScanInfo[]): string[] {
  return [...new Set(scaninfo.map((info) => info.protocol))].toSorted();
}

/** ACK and window scans ask about filters, FIN, NULL and Xmas scans read silence as open: none of them sees what a SYN scan sees. */
const PLAIN = new Set(['syn', 'connect']);

function differingMethods(a: readonly ScanInfo[], b: readonly ScanInfo[]): string | undefined {
  const methodA = a.find((info) => info.protocol === 'tcp')?.type;
  const methodB = b.find((info) => info.protocol === 'tcp')?.type;
  if (methodA === undefined || methodB === undefined || methodA === methodB) return undefined;
  if (PLAIN.has(methodA) && PLAIN.has(methodB)) return undefined;
  return `the first scan is a TCP ${methodA} scan, the second a TCP ${methodB} scan: their states mean different things`;
}

function limits(
  a: ComparedRun,
  b: ComparedRun,
  protocolsA: readonly string[],
  protocolsB: readonly string[],
): string[] {
  const found: string[] = [];
  const one = (has: boolean): string => (has ? 'second' : 'first');
  if (a.profile !== b.profile) {
    found.push(`the profiles differ (${a.profile}, ${b.profile}): only what both cover is compared`);
  }
  if (a.scanner !== b.scanner) {
    found.push(
      `the scanners differ (${a.scanner}, ${b.scanner}): only states and what both say in the same words is compared`,
    );
  }
  if (a.scanner === b.scanner && a.format !== b.format) {
    found.push(`the formats differ (${a.format}, ${b.format}): services and names are not compared`);
  }
  for (const protocol of new Set([...protocolsA, ...protocolsB])) {
    if (protocolsA.length === 0 || protocolsB.length === 0) break;
    if (protocolsA.includes(protocol) && protocolsB.includes(protocol)) continue;
    found.push(`the ${one(protocolsA.includes(protocol))} scan did not cover ${protocol}`);
  }
  const ca = readCommandLine(a.args);
  const cb = readCommandLine(b.args);
  if (!ca.empty && !cb.empty && a.scanner === 'nmap' && b.scanner === 'nmap') {
    if (ca.versions !== cb.versions) {
      found.push(
        `the ${one(ca.versions)} scan has no version detection (-sV): services and versions are not compared`,
      );
    }
    if (ca.os !== cb.os)
      found.push(`the ${one(ca.os)} scan has no OS detection (-O): operating systems are not compared`);
    // The scripts that come with version detection have been told of with it.
    const asked = (scripts: readonly string[]): string =>
      scripts.filter((name) => name !== 'version').join(',');
    if (asked(ca.scripts) !== asked(cb.scripts)) {
      found.push('the scans ran different scripts: only results that both have are compared');
    }
    if (ca.names !== cb.names)
      found.push(`the ${one(ca.names)} scan looked up no names (-n): names are not compared`);
    if (ca.discovery.join(' ') !== cb.discovery.join(' ')) {
      found.push('the scans discover hosts differently: a host that is missing from one may still be there');
    }
  }
  for (const [which, run] of [
    ['first', a],
    ['second', b],
  ] as const) {
    if (run.status === 'complete') continue;
    found.push(`the ${which} scan was ${run.status}: nothing is known of what it did not reach`);
  }
  return found;
}
