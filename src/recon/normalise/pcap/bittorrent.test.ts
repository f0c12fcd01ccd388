import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { bittorrentSaid } from './bittorrent.ts';

test.each([
  {
    what: 'a DHT ping',
    text: 'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe',
    isUdp: true,
    service: 'bittorrent-dht',
  },
  {
    what: 'a DHT reply',
    text: 'd1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re',
    isUdp: true,
    service: 'bittorrent-dht',
  },
  {
    what: 'a DHT error',
    text: 'd1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee',
    isUdp: true,
    service: 'bittorrent-dht',
  },
  { what: 'a handshake', text: '\u0013BitTorrent protocol\0\0\0\0', isUdp: false, service: 'bittorrent' },
  { what: 'a handshake that breaks off', text: '\u0013BitTorr', isUdp: false, service: undefined },
  { what: 'another dictionary', text: 'd1:xd2:id20:', isUdp: true, service: undefined },
  { what: 'nothing', text: '', isUdp: true, service: undefined },
])('$what', ({ text, isUdp, service }) => {
  expect(bittorrentSaid(Buffer.from(text, 'latin1'), isUdp)?.service).toBe(service);
});
