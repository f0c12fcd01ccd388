import { clientHelloOf } from '../../../fingerprint/client-hello.ts';
import { ja3 } from '../../../fingerprint/ja3.ts';
import { ja4 } from '../../../fingerprint/ja4.ts';
import { u16, u8 } from '../../../packet/bytes.ts';
import type { Said } from './said.ts';

const HANDSHAKE = 22;
const ALERT = 21;
const SERVER_HELLO = 2;

/** Alerts that end handshakes: RFC 8446, 6, in the words of Zeek's SSL::alert_descriptions. */
const ALERTS: Readonly<Record<number, string>> = {
  0: 'close_notify', 10: 'unexpected_message', 40: 'handshake_failure', 42: 'bad_certificate', 47: 'illegal_parameter', 50: 'decode_error',
  51: 'decrypt_error', 70: 'protocol_version', 71: 'insufficient_security', 80: 'internal_error', 86: 'inappropriate_fallback',
  109: 'missing_extension', 110: 'unsupported_extension', 112: 'unrecognized_name', 116: 'certificate_required',
  120: 'no_application_protocol',
}; // prettier-ignore

/** A ClientHello; undefined when it is none. */
export function tlsSaid(asked: Uint8Array, answered: Uint8Array, sent: number): Said | undefined {
  if (asked.length < 11 || asked[0] !== HANDSHAKE || asked[1] !== 3 || asked[5] !== 1) return undefined;
  const record = 5 + u16(asked, 3);
  const number = answered[0] === ALERT && answered.length >= 7 ? u8(answered, 6) : -1;
  const alert = number < 0 ? '' : (ALERTS[number] ?? String(number));
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
