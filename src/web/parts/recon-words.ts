import type { EpisodeDetail, EpisodeRow } from '../../api/recon.ts';
import { counted } from '../../text/phrase.ts';

/** Shapes of targets, in words. */
export const SHAPE_WORDS: Readonly<Record<EpisodeRow['shape'], string>> = {
  vertical: 'many ports of few hosts',
  horizontal: 'one port of many hosts',
  block: 'every combination of hosts and ports',
  strobe: 'a few ports of many hosts',
  single: 'one target',
};

/** How deep a source went, in words. */
export const DEPTH_WORDS: Readonly<Record<EpisodeRow['depth'], string>> = {
  touched: 'knocked',
  identified: 'asked what is there',
  enumerated: 'listed what is there',
  attempted: 'tried a way in',
  entered: 'got in',
};

/** Families of scans, in words. */
export const FAMILY_WORDS: Readonly<Record<EpisodeRow['families'][number], string>> = {
  'fast-fan-out': 'fast, to many',
  'full-range': 'the whole range of ports',
  'service-enumeration': 'asks services what they are',
  slow: 'slow, below the radar',
  'fragmented-or-decoy': 'fragmented, or behind decoys',
  distributed: 'from many sources',
  'application-fingerprint': 'fingerprints applications',
  'internal-discovery': 'explores from inside',
};

/** What people have to do about an episode. */
export const STANDING_WORDS: Readonly<Record<EpisodeRow['standing'], string>> = {
  review: 'to review',
  authorised: 'our own scan',
  note: 'for completeness',
  noise: 'background noise',
};

/** Steps from looking to having, in words. */
export const STEP_WORDS: Readonly<Record<EpisodeDetail['transition'][number]['step'], string>> = {
  discovery: 'looked',
  'service-probe': 'asked a service',
  'exploit-attempt': 'tried to break in',
  'credential-burst': 'tried passwords',
  session: 'had a session',
  outbound: 'the target called out',
};

/** Who: the first source, and how many more. */
export function sourceWords({ sources, sourceCount }: Pick<EpisodeRow, 'sources' | 'sourceCount'>): string {
  const [first = 'nobody'] = sources;
  return sourceCount > 1 ? `${first} and ${counted(sourceCount - 1, 'other')}` : first;
}

/** How it asked, in the words of the reports; what is not listed is its own word. */
export const TECHNIQUE_WORDS: Readonly<Record<string, string>> = {
  arp: 'ARP',
  'icmp-echo': 'ping',
  'icmp-other': 'ICMP',
  'tcp-syn': 'TCP SYN',
  'tcp-connect': 'TCP connect',
  'tcp-fin': 'TCP FIN',
  'tcp-null': 'TCP NULL',
  'tcp-xmas': 'TCP Xmas',
  'tcp-ack': 'TCP ACK',
  'tcp-window-or-maimon': 'TCP window or Maimon',
  udp: 'UDP',
  sctp: 'SCTP',
  'ip-protocol': 'IP protocol',
  application: 'application requests',
};
