/** What can be said of how somebody sends, and the values it has. */
export const SENDING = {
  /** Who made the packets: a program of its own through raw sockets, or the operating system for a program that connects. */
  stack: ['raw-socket', 'system', 'both'],
  /** What follows silence: nothing; the same packet again; a new one from another source port. */
  retries: ['none', 'same-port', 'new-port', 'both'],
  /** In which order targets are taken. */
  order: ['ascending', 'descending', 'popular-first', 'shuffled', 'hosts-and-ports-shuffled'],
  /** How long it waits: a template of Nmap's that fits, or only that it is regular. */
  pace: ['nmap-T0', 'nmap-T1', 'nmap-T2', 'nmap-T5', 'regular'],
} as const;

/** See SENDING. */
export type SendingAspect = keyof typeof SENDING;

/** How somebody sends: behaviour that several tools share, with counts. It names no tool. */
export interface SendingTrait {
  readonly aspect: SendingAspect;
  readonly value: (typeof SENDING)[SendingAspect][number];
  /** It held for so many of so many of these. */
  readonly held: number;
  readonly of: number;
  readonly unit: string;
  /** One sentence with the counts. */
  readonly text: string;
}
