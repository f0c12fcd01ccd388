/*
 * Numbers of protocols that the decoder knows: IANA "Assigned Internet Protocol Numbers" and "IEEE 802 Numbers".
 */
export const PROTO_ICMP = 1;
export const PROTO_IPIP = 4;
export const PROTO_TCP = 6;
export const PROTO_UDP = 17;
export const PROTO_IPV6 = 41;
export const PROTO_GRE = 47;
export const PROTO_ICMP6 = 58;
export const PROTO_SCTP = 132;

export const ETHER_IPV4 = 0x0800;
export const ETHER_ARP = 0x0806;
export const ETHER_IPV6 = 0x86dd;
