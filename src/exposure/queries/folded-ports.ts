import type { TransportProtocol } from '../../net/port-key.ts';
import { askedCoverage, restOf, type CoverageSource } from '../model/coverage.ts';
import type { Extraports, Host, Port } from '../model/host.ts';

/**
 * Recent Nmap names the folded ports of every host: a list of a thousand ports that mostly is what
 * the run asked for less what the host lists. Such a list is kept as this mark, and written out again
 * on the way back. No list of Nmap's contains it.
 */
export const REST_MARK = '~';

/** What the run asked of a protocol less the ports that the host lists, in Nmap's syntax; undefined when the run does not say. */
function restText(
  run: CoverageSource,
  ports: readonly Port[],
  protocol: TransportProtocol,
): string | undefined {
  const asked = askedCoverage(run).get(protocol);
  if (asked === undefined || asked === 'unknown') return undefined;
  const listed: number[] = [];
  for (const port of ports) if (port.protocol === protocol) listed.push(port.portid);
  return restOf(asked, listed).text;
}

function mapReasons(
  extraports: readonly Extraports[],
  turn: (ports: string, protocol: TransportProtocol) => string,
): readonly Extraports[] {
  let changed = false;
  const turned = extraports.map((extra) => ({
    ...extra,
    reasons: extra.reasons.map((reason) => {
      if (reason.ports === undefined || reason.protocol === undefined) return reason;
      const ports = turn(reason.ports, reason.protocol);
      if (ports === reason.ports) return reason;
      changed = true;
      return { ...reason, ports };
    }),
  }));
  return changed ? turned : extraports;
}

/** Puts the mark in place of every list that can be written out again from the run and the host. */
export function foldLists(
  run: CoverageSource,
  host: Pick<Host, 'ports' | 'extraports'>,
): readonly Extraports[] {
  return mapReasons(host.extraports, (ports, protocol) =>
    ports === restText(run, host.ports, protocol) ? REST_MARK : ports,
  );
}

/** The inverse of foldLists. */
export function unfoldLists(run: CoverageSource, host: Host): Host {
  const extraports = mapReasons(host.extraports, (ports, protocol) =>
    ports === REST_MARK ? (restText(run, host.ports, protocol) ?? ports) : ports,
  );
  return extraports === host.extraports ? host : { ...host, extraports };
}
