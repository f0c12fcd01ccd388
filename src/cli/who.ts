import { userInfo } from 'node:os';
import type { Who } from '../assembly/stored-baselines.ts';

/** Who acts: the user of this machine, or of the caller when run under sudo; and why, as said with --note. */
export function whoActs(note: string, env: Readonly<Record<string, string | undefined>>): Who {
  return { by: env['SUDO_USER'] || userName(), note };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user identifier without an entry in the password file: containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
