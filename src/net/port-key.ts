/** Transport as Nmap's XML names it; `ip` is an IP protocol scan (-sO), where ports are protocol numbers. */
export type TransportProtocol = 'tcp' | 'udp' | 'sctp' | 'ip';

/** Nmap's order of protocols in reports. */
export const TRANSPORT_PROTOCOLS: readonly TransportProtocol[] = ['tcp', 'udp', 'sctp', 'ip'];

/** A port as Nmap prints it, `443/tcp`; the key of every per-host map. */
export type PortKey = `${number}/${TransportProtocol}`;

/** Builds the key; `portid` must be 0–65535. */
export function portKey(portid: number, protocol: TransportProtocol): PortKey {
  return `${portid}/${protocol}`;
}

/** The two halves of a key, or undefined when the text is not one. */
export function parsePortKey(text: string): { portid: number; protocol: TransportProtocol } | undefined {
  const match = /^(\d{1,5})\/(tcp|udp|sctp|ip)$/.exec(text);
  if (match === null) return undefined;
  const portid = Number(match[1]);
  return portid > 65_535 ? undefined : { portid, protocol: match[2] as TransportProtocol };
}

/** Ports in the order of reports: by number, then by protocol as TRANSPORT_PROTOCOLS lists them. */
export function comparePorts(
  a: { readonly portid: number; readonly protocol: TransportProtocol },
  b: { readonly portid: number; readonly protocol: TransportProtocol },
): number {
  if (a.portid !== b.portid) return a.portid - b.portid;
  return TRANSPORT_PROTOCOLS.indexOf(a.protocol) - TRANSPORT_PROTOCOLS.indexOf(b.protocol);
}
