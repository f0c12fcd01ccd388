import { episodeRow } from '../wire/recon.ts';
import { findingRow } from '../wire/findings.ts';
import { addressOf, blockIn, buckets, portIn, riskOf, timeOrNull } from '../wire/values.ts';
import { macOf, portOf } from '../wire/scans.ts';
import { hostRow } from '../wire/hosts.ts';
import type { DescribedSurprise } from '../../exposure/flow/anomalies.ts';
import { isIpv6 } from '../../net/ip-address.ts';
import { Kept } from '../kept.ts';
import { Refused } from '../problem.ts';
import type { Context, Handlers } from '../handlers.ts';

/** Scans whose anomalies are kept in memory: the newest of two vantages. */
const JUDGED_SCANS = 2;

/** Hosts: the list, one of them, and what is unusual about it. */
export function hostRoutes({ workspace }: Context): Handlers<'hosts.list' | 'hosts.show' | 'hosts.anomaly'> {
  // Judging a scan reads all of it; what is said of one scan does not change until somebody says a word on it.
  const judged = new Kept<DescribedSurprise>(JUDGED_SCANS, 300_000);
  return {
    'hosts.list': async ({ query }) => {
      const page = await workspace.hosts.page({
        filter: {
          text: query.text,
          within: blockIn(query.network),
          port: portIn(query.port),
          severity: query.severity,
        },
        sort: query.sort,
        reverse: query.reverse,
        cursor: query.cursor,
        limit: query.limit,
      });
      return {
        items: page.items.map(hostRow),
        ...(page.next === undefined ? {} : { next: page.next }),
        total: page.total,
        worst: buckets(page.worst),
      };
    },
    'hosts.show': async ({ parameters }) => {
      const address = addressOf(parameters.address);
      const [detail, from] = await Promise.all([
        workspace.hosts.detail(address),
        workspace.episodes.page({ filter: { source: address }, limit: 50 }),
      ]);
      const { host } = detail.newest;
      const matrix = detail.ports;
      return {
        host: hostRow(detail.host),
        risk: riskOf(await workspace.riskOfHost(detail)),
        otherAddresses: [...host.otherAddresses],
        mac: macOf(host),
        os: host.os.map(({ name, accuracy }) => ({ name, accuracy })),
        newest: {
          scan: detail.newest.run,
          at: timeOrNull(host.end ?? host.start),
          state: host.status.state,
          reason: host.status.reason ?? null,
          timedOut: host.timedOut,
          distance: host.distance ?? null,
          uptimeSeconds: host.uptime?.seconds ?? null,
          ports: host.ports.map(portOf),
          extraports: host.extraports.map(({ state, count }) => ({ state, count })),
          scripts: host.scripts.map(({ id, output }) => ({ id, output })),
        },
        matrix: {
          scans: matrix.runs.map(({ run, at, profile, status }) => ({
            id: run,
            at: timeOrNull(at),
            profile,
            state: status,
          })),
          ports: [...matrix.ports],
          services: [...matrix.services],
          cells: matrix.cells.map(({ run, port, state, service }) => ({
            scan: run,
            port,
            state,
            service: service ?? null,
          })),
          leftOut: { scans: matrix.leftOut.runs, ports: matrix.leftOut.ports },
        },
        findings: detail.findings.items.map(findingRow),
        findingsTotal: detail.findings.total,
        touchedBy: detail.touchedBy.map(episodeRow),
        touchedByTotal: detail.touchedByTotal,
        from: from.items.map(episodeRow),
        fromTotal: from.total,
      };
    },
    'hosts.anomaly': async ({ parameters }) => {
      const address = addressOf(parameters.address);
      const within = `${address}/${isIpv6(address) ? 128 : 32}`;
      const [host] = (await workspace.hosts.page({ filter: { within }, limit: 1 })).items;
      if (host === undefined)
        throw new Refused(404, 'host/unknown', 'No scan has seen this host.', 'See GET /api/v1/hosts.');
      const run = await workspace.findRun(host.lastRun);
      const said = await judged.of(host.lastRun, () => workspace.anomalies.describe(run));
      const unusual = said.of(address);
      return {
        scan: host.lastRun,
        stage: { ...said.stage },
        scans: said.scans,
        unusual:
          unusual === undefined
            ? null
            : {
                identity: unusual.identity,
                score: unusual.score,
                p: unusual.p ?? null,
                alert: unusual.alert !== undefined,
                peers: { hosts: unusual.peers.hosts, share: [...unusual.peers.share] },
                items: unusual.items.map(({ text, value, ports }) => ({ text, value, ports: [...ports] })),
              },
      };
    },
  };
}
