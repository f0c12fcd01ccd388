import { readFileSync } from 'node:fs';

/** Bit of CAP_NET_RAW in a capability mask (linux/capability.h). */
const CAP_NET_RAW = 13n;

/** Whether programs that this process starts may send raw packets: as root, or by an ambient capability (Linux). */
export function mayScanRaw(): boolean {
  if (process.geteuid?.() === 0) return true;
  try {
    const mask = /^CapAmb:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return mask !== undefined && ((BigInt(`0x${mask}`) >> CAP_NET_RAW) & 1n) === 1n;
  } catch {
    // No /proc: not Linux, and there only root may scan raw.
    return false;
  }
}
