import { rulesInForce, type Policy } from '../exposure/flow/policies.ts';
import {
  encodeHostRisk,
  hostRiskTable,
  hostsWrittenSince,
  openFindingsOfHosts,
  type HostRisk,
} from '../findings/queries/host-risk.ts';
import { riskOf } from '../findings/risk.ts';
import { SEVERITIES } from '../findings/severity.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';

/** Hosts in one question: parameters travel in the text of the statement. */
const AT_ONCE = 2000;

type OpenFindings = ReturnType<typeof openFindingsOfHosts.decode>;

/** Works out what open findings come to for each host that some findings are or were about. Throws a Fault `store/…`. */
export async function workOutHostRisks(
  store: Store,
  policy: Policy,
  { since, version }: { readonly since: bigint; readonly version: bigint },
): Promise<void> {
  const categories = new Map(
    rulesInForce(policy).map(({ rule }): [string, string] => [rule.id, rule.category]),
  );
  const hosts = await all(store, hostsWrittenSince, { since });
  for (let from = 0; from < hosts.length; from += AT_ONCE) {
    const addresses = hosts.slice(from, from + AT_ONCE);
    const open = new Map<string, OpenFindings[]>();
    for (const row of await all(store, openFindingsOfHosts, { addresses }))
      open.set(row.address, [...(open.get(row.address) ?? []), row]);
    await store.insert(
      hostRiskTable,
      addresses.map((address) =>
        encodeHostRisk(address, version, riskOfHost(open.get(address) ?? [], categories)),
      ),
    );
  }
}

/** The posture of a host as an assessment counts it, over everything that is open of it. */
function riskOfHost(open: readonly OpenFindings[], categories: ReadonlyMap<string, string>): HostRisk {
  const scored = open.map(({ half, rule, severity, most }) => ({
    // A rule that is no longer in force is called after its pack.
    category: half === 'recon' ? 'recon' : (categories.get(rule) ?? rule.split('.', 1)[0] ?? rule),
    severity: SEVERITIES[severity]!,
    score: most,
  }));
  const worst = Math.max(-1, ...open.map(({ severity }) => severity));
  return {
    risk: riskOf(scored).score,
    worst: SEVERITIES[worst],
    open: open.reduce((sum, { n }) => sum + n, 0),
  };
}
