import { counted, formatCount } from '../../../text/phrase.ts';
import { PortSet } from '../../../net/port-set.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import { TCP } from '../../model/ip-protocol.ts';
import { isOpen, type EpisodeFacts } from '../episode-facts.ts';

/** TCP ports of one host: Nmap's default is 1,000; a quarter of it was the width of what a scanner of CTU-008 took nine hours for (816). */
const PORTS = 250;
/** Or so many in one run: nobody meets 100 neighbouring ports by chance. */
const RUN = 100;

/** Family 2: one host, port by port. */
export function judgeFullRange({ hosts }: EpisodeFacts): FamilyMatch | undefined {
  let best: { host: string; ports: PortSet; open: number } | undefined;
  for (const [host, same] of hosts) {
    const tcp = same.filter(({ protocol }) => protocol === TCP);
    if (tcp.length < RUN || (best !== undefined && tcp.length <= best.ports.size)) continue;
    best = { host, ports: PortSet.of(tcp.map(({ port }) => port)), open: tcp.filter(isOpen).length };
  }
  if (best === undefined) return undefined;
  let from = 0;
  let to = -1;
  for (const [low, high] of best.ports.ranges()) if (high - low > to - from) [from, to] = [low, high];
  const run = to - from + 1;
  if (best.ports.size < PORTS && run < RUN) return undefined;
  const share = (100 * best.ports.size) / 65_535;
  return {
    family: 'full-range',
    text: `${counted(best.ports.size, 'port')} of ${best.host}, ${share < 1 ? share.toFixed(1) : Math.round(share)} % of all, the longest run ${from}-${to}; ${formatCount(best.open)} found open`,
  };
}
