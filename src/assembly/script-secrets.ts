import { fstatSync, readSync } from 'node:fs';
import type { ExposureConfig } from '../exposure/config.ts';
import type { ScriptSecret } from '../exposure/flow/run-nmap.ts';
import { refusal } from './refusal.ts';

/** Shortest secret that can be replaced in what Nmap prints without replacing half of it; longest that is taken. */
const SHORTEST = 4;
const LONGEST = 1_024;

/**
 * The script arguments that the configuration names, out of the environment or an open file descriptor. They are kept in
 * memory only. Throws a Fault `scan/secret` that repeats nothing of them.
 */
export function readSecrets(
  secrets: ExposureConfig['secrets'],
  env: Readonly<Record<string, string | undefined>>,
): readonly ScriptSecret[] {
  return Object.entries(secrets).flatMap(([name, from]) => {
    if (from === undefined) return [];
    const refuse = (why: string): Error =>
      refusal('secret', `${name} ${why}`, 'Correct exposure.secrets, or what it names.');
    const value = from.env === undefined ? readDescriptor(from.fd ?? -1) : env[from.env];
    if (value === undefined)
      throw refuse(
        `is not there: ${from.env === undefined ? `file descriptor ${from.fd} cannot be read` : `the variable ${from.env} is not set`}`,
      );
    if (value.length < SHORTEST || value.length > LONGEST)
      throw refuse(`must have ${SHORTEST} to ${LONGEST} characters`);
    if (/\p{Cc}/u.test(value)) throw refuse('holds a control character');
    return [{ name, value }];
  });
}

/** What a descriptor that this process was started with gives, without its last line break. */
function readDescriptor(descriptor: number): string | undefined {
  try {
    fstatSync(descriptor);
    const bytes = Buffer.alloc(LONGEST + 2);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    return bytes.toString('utf8', 0, length).replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
