/** IP protocol numbers that the product speaks of (IANA "Assigned Internet Protocol Numbers"). */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMP6 = 58;
export const SCTP = 132;
/** ARP has no IP protocol number; its EtherType stands for it (RFC 826), outside the range of the others. */
export const ARP = 0x0806;

/** Where a flow without ports has none: ARP, other IP protocols. */
export const NO_PORT = 0;

const NAMES: Readonly<Record<number, string>> = {
  [ICMP]: 'icmp',
  [TCP]: 'tcp',
  [UDP]: 'udp',
  [ICMP6]: 'icmp6',
  [SCTP]: 'sctp',
  [ARP]: 'arp',
};

/** `tcp`, `udp`, …, or `ip/47` for a protocol without a name here. */
export function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `ip/${protocol}`;
}

/** `443/tcp`, `icmp type 8 code 0`, `arp`, `ip/47`: what was touched, as an analyst writes it. */
export function touchedName(protocol: number, port: number): string {
  if (protocol === ICMP || protocol === ICMP6)
    return `${protocolName(protocol)} type ${port >> 8} code ${port & 0xff}`;
  if (protocol === TCP || protocol === UDP || protocol === SCTP) return `${port}/${protocolName(protocol)}`;
  return protocolName(protocol);
}
