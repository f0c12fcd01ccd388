/** A port closes for good about once in 500 scans of it, until the network has shown otherwise. */
export const CLOSES = 0.002;

/** p_open: how often scans see the port, shrunk towards its group's by 8 scans (formula 4). */
export function openRate(
  own: { readonly seen: number; readonly tries: number },
  peers: { readonly seen: number; readonly tries: number },
): number {
  // Two pseudo-scans for the group, so that a group of one does not bear witness for itself alone.
  const group = (peers.seen + 1.9) / (peers.tries + 2);
  return (own.seen + 8 * group) / (own.tries + 8);
}

/**
 * −ln of the probability that a port is not seen `run` times in a row (formula 4): it was closed for good, or
 * scans missed it each time. `loss` is the share of ports that this scan missed in the host's subnet: one
 * absence says little in a scan that lost many.
 */
export function missingPortSurprise(open: number, run: number, loss: number): number {
  const missed = run === 1 ? Math.max(1 - open, loss) : (1 - open) ** run;
  return Math.max(0, -Math.log(CLOSES + (1 - CLOSES) * missed));
}

/** Absences after this one say nothing that the earlier ones did not. */
export const ABSENCES_TOLD = 3;
