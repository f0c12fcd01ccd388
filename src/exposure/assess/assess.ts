import type { ExposureSummary } from '../../findings/summary.ts';
import type { Host } from '../model/host.ts';
import type { AssessContext } from './assess-context.ts';
import { Assessor } from './assessor.ts';
import { countPorts } from './prevalence.ts';

export type { AssessContext, PortHistory } from './assess-context.ts';

/** An assessment with its hosts in memory, or in anything that can be gone through twice. */
export interface AssessInput extends AssessContext {
  readonly hosts: Iterable<Host>;
}

/**
 * The verdict on a run: pure, deterministic, one summary. Hosts are gone through twice unless `prevalence`
 * is given; for a stream use `Assessor`. Throws ExpressionRefused when a policy that did not come from
 * readPolicy holds a condition that cannot be used.
 */
export function assess(input: AssessInput): ExposureSummary {
  const { hosts, ...context } = input;
  const assessor = new Assessor({ ...context, prevalence: input.prevalence ?? countPorts(hosts) });
  for (const host of hosts) assessor.addHost(host);
  return assessor.finish();
}
