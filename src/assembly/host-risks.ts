import { rulesInForce, type Policy } from '../exposure/flow/policies.ts';
import {
  encodeHostRisk,
  hostRiskTable,
  hostsWrittenSince,
  openFindingsOfHosts,
  type HostRisk,
} from '../findings/queries/host-risk.ts';
import type { Finding } from '../findings/finding.ts';
import { riskOf } from '../findings/risk.ts';
import { SEVERITIES } from '../findings/severity.ts';
import type { Risk } from '../findings/summary.ts';
import { all, type QueryRunner } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import type { HostDetail } from './stored-hosts.ts';

/** Hosts in one question: parameters travel in the text of the statement. */
const AT_ONCE = 2000;

type OpenFindings = ReturnType<typeof openFindingsOfHosts.decode>;

/** Works out what open findings come to for each host that some findings are or were about. Throws a Fault `store/…`. */
export async function workOutHostRisks(
  store: Store,
  policy: Policy,
  { since, version }: { readonly since: bigint; readonly version: bigint },
): Promise<void> {
  const categories = categoriesOf(policy);
  const hosts = await all(store, hostsWrittenSince, { since });
  for (let from = 0; from < hosts.length; from += AT_ONCE) {
    const addresses = hosts.slice(from, from + AT_ONCE);
    const open = new Map<string, OpenFindings[]>();
    for (const row of await all(store, openFindingsOfHosts, { addresses }))
      open.set(row.address, [...(open.get(row.address) ?? []), row]);
    await store.insert(
      hostRiskTable,
      addresses.map((address) =>
        encodeHostRisk(address, version, rowOf(open.get(address) ?? [], categories)),
      ),
    );
  }
}

/**
 * What the open findings of a host come to, as a sum. The first page of its findings is mostly all of them; only where
 * it is not, the store is asked. Throws a Fault `store/…`.
 */
export async function riskOfHost(
  store: QueryRunner,
  policy: Policy,
  { host, findings: { items, total } }: Pick<HostDetail, 'host' | 'findings'>,
): Promise<Risk> {
  const categories = categoriesOf(policy);
  if (items.length < total)
    return postureOf(await all(store, openFindingsOfHosts, { addresses: [host.address] }), categories);
  return riskOf(
    items
      .filter(({ lifecycle, standing }) => lifecycle.state === 'open' && standing === 'review')
      .map(({ finding: { half, rule, severity, score } }) => ({
        category: categoryOf(half, rule, categories),
        severity,
        score,
      })),
  );
}

/** What one finding comes to by itself: its points, and what its severity lifts them to. */
export function riskOfFinding({ half, rule, severity, score }: Finding, policy: Policy): Risk {
  return riskOf([{ category: categoryOf(half, rule, categoriesOf(policy)), severity, score }]);
}

type Categories = ReadonlyMap<string, string>;

function categoriesOf(policy: Policy): Categories {
  return new Map(rulesInForce(policy).map(({ rule }): [string, string] => [rule.id, rule.category]));
}

function categoryOf(half: Finding['half'], rule: string, categories: Categories): string {
  // A rule that is no longer in force is called after its pack.
  return half === 'recon' ? 'recon' : (categories.get(rule) ?? rule.split('.', 1)[0] ?? rule);
}

/** The posture of a host as an assessment counts it, over everything that is open of it. */
function postureOf(open: readonly OpenFindings[], categories: Categories): Risk {
  return riskOf(
    open.map(({ half, rule, severity, most }) => ({
      category: categoryOf(half, rule, categories),
      severity: SEVERITIES[severity]!,
      score: most,
    })),
  );
}

function rowOf(open: readonly OpenFindings[], categories: Categories): HostRisk {
  const worst = Math.max(-1, ...open.map(({ severity }) => severity));
  return {
    risk: postureOf(open, categories).score,
    worst: SEVERITIES[worst],
    open: open.reduce((sum, { n }) => sum + n, 0),
  };
}
