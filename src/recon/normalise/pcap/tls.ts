import { clientHelloOf } from '../../../fingerprint/client-hello.ts';
import { ja3 } from '../../../fingerprint/ja3.ts';
import { ja4 } from '../../../fingerprint/ja4.ts';
import { u16, u8 } from '../../../packet/bytes.ts';
import type { Said } from './said.ts';

const HANDSHAKE = 22;
const ALERT = 21;
const SERVER_HELLO = 2;

/** A ClientHello; undefined when it is none. */
export function tlsSaid(asked: Uint8Array, answered: Uint8Array, sent: number): Said | undefined {
  if (asked.length < 11 || asked[0] !== HANDSHAKE || asked[1] !== 3 || asked[5] !== 1) return undefined;
  const record = 5 + u16(asked, 3);
  const alert = answered[0] === ALERT && answered.length >= 7 ? String(u8(answered, 6)) : '';
  const hello = answered[0] === HANDSHAKE && answered[5] === SERVER_HELLO;
  const offer = clientHelloOf(asked);
  return {
    service: 'tls',
    name: offer?.serverName ?? '',
    ja3: offer === undefined ? '' : ja3(offer),
    ja4: offer === undefined ? '' : ja4(offer),
    status: alert,
    // The client went on after the server's hello.
    accepted: alert !== '' ? false : hello && sent > record ? true : undefined,
  };
}
