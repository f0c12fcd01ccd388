import { Buffer } from 'node:buffer';
import { hassh } from '../../../fingerprint/hassh.ts';
import type { Said } from './said.ts';

/** RFC 4253, 4.2: the identification of the client, of at most 255 characters. */
export function sshSaid(asked: Uint8Array): Said | undefined {
  if (asked[0] !== 83 || asked[1] !== 83 || asked[2] !== 72 || asked[3] !== 45) return undefined;
  const text = Buffer.from(asked.buffer, asked.byteOffset, Math.min(asked.length, 255)).toString('latin1');
  return { service: 'ssh', agent: text.split(/[\r\n]/, 1)[0] ?? '', hassh: hassh(asked) };
}
