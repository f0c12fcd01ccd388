import { TCP, UDP } from './ip-protocol.ts';

/**
 * Services that ordinary programs open to hosts that they never saw before: web, mail, names (Windows servers ask
 * visitors for theirs on 137), time, push, calls.
 */
export const EVERYDAY_TCP: ReadonlySet<number> = new Set([
  25, 53, 80, 110, 143, 443, 465, 587, 853, 993, 995, 5222, 5223, 5228, 8080, 8443, 8883,
]);
const EVERYDAY_UDP: ReadonlySet<number> = new Set([53, 123, 137, 443, 853, 3478]);

/** Services with which machines are administered: where whoever wants to go on inside looks around (MITRE ATT&CK T1021, T1046, T1135, T1087.002). */
const ADMINISTRATIVE_TCP: ReadonlySet<number> = new Set([
  22, 23, 88, 135, 139, 389, 445, 464, 593, 636, 2375, 2376, 2379, 3268, 3269, 3389, 5900, 5985, 5986, 6443,
  8291, 9389, 10250,
]);
const ADMINISTRATIVE_UDP: ReadonlySet<number> = new Set([161, 623]);

/** Windows administration: the part of it that one account can walk over a whole domain with. */
export const WINDOWS_ADMINISTRATION: ReadonlySet<number> = new Set([
  135, 139, 389, 445, 636, 3389, 5985, 5986,
]);

/** Web services, of which clients meet dead ones every day. */
const WEB: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);

/**
 * TCP services above 1023 that scans ask for by number: those of Nmap's 100 most frequent (nmap-services,
 * 7.80 to 7.95) above 1023, without the ones that only name the first ports a system hands out.
 */
const KNOWN_HIGH_TCP: ReadonlySet<number> = new Set([
  1433, 1521, 1720, 1723, 1755, 1900, 2000, 2001, 2049, 2121, 2375, 2717, 3000, 3128, 3268, 3306, 3389, 3986,
  4899, 5000, 5009, 5051, 5060, 5101, 5190, 5357, 5432, 5631, 5666, 5800, 5900, 5985, 6000, 6001, 6379, 6646,
  7070, 8000, 8008, 8009, 8080, 8081, 8443, 8888, 9100, 9200, 9999, 10000, 11211, 27017, 32768,
]);

/** Whether an ordinary program opens this to strangers. */
export function isEveryday(protocol: number, port: number): boolean {
  return protocol === TCP ? EVERYDAY_TCP.has(port) : protocol === UDP && EVERYDAY_UDP.has(port);
}

/** Whether machines are administered with it. */
export function isAdministrative(protocol: number, port: number): boolean {
  return protocol === TCP ? ADMINISTRATIVE_TCP.has(port) : protocol === UDP && ADMINISTRATIVE_UDP.has(port);
}

/** Whether Windows machines are administered with it. */
export function isWindowsAdministration(protocol: number, port: number): boolean {
  return protocol === TCP && WINDOWS_ADMINISTRATION.has(port);
}

/** Whether it is a web service over TCP. */
export function isWeb(protocol: number, port: number): boolean {
  return protocol === TCP && WEB.has(port);
}

/** Whether a service has this number, rather than a system having handed it out for one connection. */
export function isServicePort(port: number): boolean {
  return port < 1024 || KNOWN_HIGH_TCP.has(port);
}
