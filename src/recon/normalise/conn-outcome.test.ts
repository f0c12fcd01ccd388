import { describe, expect, test } from 'vitest';
import { SCTP, TCP, UDP } from '../model/ip-protocol.ts';
import type { Outcome } from '../model/outcome.ts';
import { connOutcome, underSampling, type ConnSigns } from './conn-outcome.ts';

const signs = (over: Partial<ConnSigns>): ConnSigns => ({
  protocol: TCP,
  destinationPort: 80,
  state: '',
  history: '',
  sourcePackets: 1,
  destinationPackets: 1,
  sourceBytes: 0,
  destinationBytes: 0,
  ...over,
});

describe('TCP by state and history', () => {
  test.each<readonly [state: string, history: string, want: Outcome, why: string]>([
    ['S0', 'S', 'silent', 'a SYN, and nothing'],
    ['S0', 'SS', 'silent', 'retransmitted'],
    ['S0', 'SW', 'silent', 'zero window: letters of quality say nothing'],
    ['S0', 'SD', 'silent', 'data on the SYN'],
    ['S0', 'CCS', 'silent', 'bad checksums before it'],
    ['REJ', 'Sr', 'refused', 'RST to a SYN'],
    ['REJ', 'SrSr', 'refused', 'tried again'],
    ['REJ', 'SrR', 'refused', 'both reset'],
    ['REJ', 'SDr', 'refused', 'data on the SYN'],
    ['RSTR', 'SAr', 'unknown', 'an ACK of a SYN-ACK that was missed'],
    ['RSTO', 'ShR', 'half-open', 'SYN scan of an open port'],
    ['RSTO', 'ShhR', 'half-open', 'SYN-ACK sent twice'],
    ['RSTO', 'ShRR', 'half-open', 'reset twice'],
    ['RSTO', 'ShRa', 'half-open', 'the responder acknowledged nothing but a reset'],
    ['RSTO', 'ShRr', 'half-open', 'both reset'],
    ['RSTR', 'Shr', 'half-open', 'the source left, the responder gave up'],
    ['S1', 'Sh', 'half-open', 'the source left'],
    ['RSTO', 'SThR', 'half-open', 'data on the SYN, which Zeek takes for sent twice (nmap --data-length)'],
    ['RSTO', 'SDhR', 'half-open', 'data on the SYN'],
    ['RSTO', 'STTThR', 'half-open', 'data on every SYN'],
    ['S1', 'STh', 'half-open', 'data on the SYN, and the source left'],
    ['RSTO', 'SThAR', 'answered', 'data on the SYN, and the handshake done'],
    ['RSTO', 'SThDR', 'answered', 'data on the SYN, and after the SYN-ACK'],
    ['SF', 'SDhdAFf', 'answered', 'TCP Fast Open (RFC 7413)'],
    ['S0', 'ST', 'silent', 'data on the SYN'],
    ['REJ', 'STr', 'refused', 'data on the SYN'],
    ['RSTO', 'ChR', 'unknown', 'the SYN had a bad checksum'],
    ['RSTO', 'SChR', 'unknown', 'an ACK may have had a bad checksum'],
    ['RSTO', 'ShAR', 'answered', 'connect scan: handshake done'],
    ['RSTO', 'ShADadR', 'answered', 'aborted session'],
    ['RSTO', 'ShADR', 'answered', 'aborted before an answer above TCP'],
    ['RSTR', 'ShADadr', 'answered', 'the responder aborted'],
    ['RSTR', 'ShAr', 'answered', 'the responder aborted after the handshake'],
    ['RSTR', 'Sdr', 'answered', 'the SYN-ACK was missed, data was not'],
    ['SF', 'ShADadFf', 'answered', 'ordinary'],
    ['SF', 'SADdafF', 'answered', 'the SYN-ACK was missed'],
    ['SF', 'ShFf', 'answered', 'nothing said, but closed'],
    ['S1', 'ShAD', 'answered', 'still open'],
    ['S1', 'ShA', 'answered', 'handshake, and nothing more'],
    ['S2', 'ShADaF', 'answered', 'the originator closed'],
    ['S3', 'ShADadf', 'answered', 'the responder closed'],
    ['SF', 'ShADTadtFf', 'answered', 'retransmissions'],
    ['SF', 'ShADadgGFf', 'answered', 'gaps'],
    ['RSTOS0', 'SR', 'silent', 'whoever scans could add a reset to look otherwise'],
    ['SH', 'SF', 'silent', 'or a FIN'],
    ['RSTOS0', 'SI', 'silent', 'or one with a reset'],
    ['SH', 'SAF', 'unknown', 'one side of a session'],
    ['SH', 'SADF', 'unknown', 'one side of a session'],
    ['OTH', 'Sa', 'unknown', 'a lone ACK to a SYN: an older session answers'],
    ['OTH', 'Ss', 'unknown', 'both opened'],
    ['OTH', 'H', 'backscatter', 'SYN-ACK first'],
    ['OTH', 'Hr', 'backscatter', 'SYN-ACK first, and its victim resets'],
    ['RSTO', 'HR', 'backscatter', 'SYN-ACK and RST'],
    ['OTH', 'HA', 'unknown', 'packets out of order'],
    ['OTH', 'Hs', 'unknown', 'packets out of order'],
    ['OTH', 'R', 'backscatter', 'RST first'],
    ['RSTOS0', 'R', 'backscatter', 'RST first, as Zeek < 2.6 calls it'],
    ['RSTO', 'Rr', 'backscatter', 'a RST each'],
    ['OTH', 'Ra', 'unknown', 'an answer to a RST'],
    ['OTH', 'h', 'backscatter', 'SYN-ACK of the responder'],
    ['RSTRH', 'hr', 'backscatter', 'SYN-ACK and RST of the responder'],
    ['SHR', 'hf', 'unknown', 'one side of a session'],
    ['SHR', 'hadf', 'unknown', 'one side of a session'],
    ['SF', 'hADdafF', 'unknown', 'the SYN was not seen'],
    ['SHR', '^hCadCf', 'unknown', 'flipped'],
    ['RSTRH', '^hr', 'unknown', 'flipped'],
    ['RSTRH', '^r', 'unknown', 'flipped'],
    ['RSTO', '^hR', 'unknown', 'flipped'],
    ['SF', '^ShADadFf', 'unknown', 'flipped'],
    ['RSTRH', 'Car', 'unknown', 'bad checksums on one side'],
    ['RSTRH', 'Cr', 'unknown', 'bad checksums on one side'],
    ['SHR', 'Cf', 'unknown', 'bad checksums on one side'],
    ['OTH', 'C', 'unknown', 'bad checksums alone'],
    ['OTH', 'DadA', 'unknown', 'mid-stream'],
    ['SF', 'dADafF', 'unknown', 'mid-stream'],
    ['OTH', 'A', 'unknown', 'ACK probe, or keep-alive of an older session'],
    ['RSTRH', 'Ar', 'unknown', 'the same, answered'],
    ['SH', 'F', 'unknown', 'FIN or Xmas probe, or the end of an older session'],
    ['RSTR', 'Fr', 'unknown', 'the same, answered'],
    ['OTH', 'Q', 'unknown', 'SYN with FIN or RST'],
    ['OTH', 'I', 'unknown', 'FIN with RST'],
    ['OTH', 'X', 'unknown', 'analysis given up'],
    ['S0', '?!', 'unknown', 'letters that are none'],
    ['OTH', 'é', 'unknown', 'letters that are none'],
  ])('%s %s is %s: %s', (state, history, want) => {
    expect(connOutcome(signs({ state, history }))).toBe(want);
  });

  test('a NULL probe earns no letter: the RST to it is no backscatter', () => {
    expect(connOutcome(signs({ state: 'RSTRH', history: 'r', sourcePackets: 1 }))).toBe('unknown');
    expect(connOutcome(signs({ state: 'RSTRH', history: 'r', sourcePackets: 0 }))).toBe('backscatter');
  });
});

describe('TCP without a history', () => {
  test.each<readonly [state: string, bytes: number, want: Outcome]>([
    ['S0', 0, 'silent'],
    ['REJ', 0, 'refused'],
    ['S1', 0, 'answered'],
    ['S2', 0, 'answered'],
    ['S3', 0, 'answered'],
    ['SF', 0, 'answered'],
    ['RSTO', 0, 'unknown'],
    ['RSTO', 10, 'answered'],
    ['RSTR', 0, 'unknown'],
    ['RSTR', 10, 'answered'],
    ['RSTOS0', 0, 'unknown'],
    ['RSTRH', 0, 'unknown'],
    ['SH', 0, 'unknown'],
    ['SHR', 10, 'unknown'],
    ['OTH', 10, 'unknown'],
    ['', 10, 'unknown'],
    ['XYZ', 10, 'unknown'],
  ])('%s with %d bytes is %s', (state, destinationBytes, want) => {
    expect(connOutcome(signs({ state, destinationBytes }))).toBe(want);
  });
});

describe('UDP', () => {
  test.each<readonly [state: string, history: string, port: number, want: Outcome]>([
    ['S0', 'D', 53, 'silent'],
    ['S0', 'D', 443, 'unknown'],
    ['S0', '', 53, 'silent'],
    ['S0', '', 443, 'unknown'],
    ['SF', 'Dd', 53, 'answered'],
    ['SF', 'Dd', 443, 'answered'],
    ['SF', '', 53, 'answered'],
    ['SF', 'CDd', 53, 'answered'],
    ['SF', 'dD', 53, 'unknown'],
    ['SF', '^dD', 53, 'unknown'],
    ['SHR', '^d', 53, 'unknown'],
    ['SHR', 'd', 53, 'unknown'],
    ['SHR', 'Cd', 53, 'unknown'],
    ['OTH', 'C', 53, 'unknown'],
    ['OTH', '', 53, 'unknown'],
    ['', 'D', 53, 'silent'],
    ['', '', 53, 'silent'],
  ])('%s %s to port %d is %s', (state, history, destinationPort, want) => {
    expect(connOutcome(signs({ protocol: UDP, state, history, destinationPort }))).toBe(want);
  });
});

test('other transports: packets both ways are an answer, the rest says nothing', () => {
  expect(connOutcome(signs({ protocol: SCTP, state: 'OTH' }))).toBe('answered');
  expect(connOutcome(signs({ protocol: 47, state: 'OTH', destinationPackets: 0 }))).toBe('unknown');
});

test.each<readonly [Outcome, Outcome]>([
  ['silent', 'unknown'],
  ['half-open', 'unknown'],
  ['answered', 'answered'],
  ['refused', 'refused'],
  ['backscatter', 'backscatter'],
])('under sampling %s is %s', (outcome, want) => {
  expect(underSampling(outcome, 100)).toBe(want);
  expect(underSampling(outcome, 1)).toBe(outcome);
});
