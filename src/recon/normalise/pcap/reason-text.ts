/** Counted, but nothing that anybody should be told of as a fault of the file. */
export const HARMLESS: ReadonlySet<string> = new Set([
  'no-ip',
  'arp-of-other-addresses',
  'ipv4-checksum',
  'tcp-checksum',
  'udp-checksum',
  'icmp-checksum',
  'fragment-tiny',
  'fragment-overlap',
  'quic-cut',
  'quic-tag',
  'quic-frame',
  'quic-crypto',
  'quic-no-client-hello',
  'quic-crowded-out',
]);

const TEXTS: Readonly<Record<string, string>> = {
  'not-a-capture': 'this is no capture in the format of pcap or pcapng',
  'file-cut': 'the file ends in the middle of a record',
  'record-length-lies': 'a record claims to be longer than any packet; nothing behind it can be read',
  'block-length-lies': 'a block is shorter than its own header; nothing behind it can be read',
  'section-without-byte-order': 'a section does not tell its byte order; nothing behind it can be read',
  'time-out-of-range': 'a time before 1970 or after 2106 was replaced by that of the packet before',
  'link-type-unknown': 'the link type is not known here',
  'fragments-incomplete': 'fragments of a packet did not all come',
};

/** What was wrong, how often, and where first: for a problem. Reasons are the decoder's own words. */
export function reasonText(reason: string, count: number, first: number): string {
  const text = TEXTS[reason] ?? `a packet was left out: ${reason.replaceAll('-', ' ')}`;
  return count === 1 ? `${text} (packet ${first})` : `${text} (${count} times, first at packet ${first})`;
}
