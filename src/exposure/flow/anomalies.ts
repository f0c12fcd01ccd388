import type { AnomalySummary, HostAnomaly } from '../../findings/anomaly.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { QueryRunner, RowWriter } from '../../sql/ports.ts';
import { judgeAsSeed } from '../anomaly/features/feature-detectors.ts';
import { FeatureHistory } from '../anomaly/features/features.ts';
import type { Stratum } from '../anomaly/feedback.ts';
import type { Anomalies, KnownAnomaly } from '../assess/anomaly-context.ts';
import { driftWords, itemWords, stageOf } from '../assess/anomaly-words.ts';
import type { Census } from '../model/census.ts';
import type { HostSurprise, PortSeverity, SurpriseChannel, SurpriseReport } from '../model/surprise.ts';
import type { StoredRun } from '../queries/runs.ts';
import { portSeverity } from './port-severity.ts';
import {
  censusOfStored,
  judgeSurprise,
  runsBefore,
  type JudgedRun,
  type SurpriseSetting,
} from './surprise-history.ts';
import type { RowRemover } from './sweep.ts';

/** Which model says what is unusual; `off` asks none. */
export type AnomalyModel = 'surprise' | 'seed' | 'off';

/** Hosts that a summary lists besides those with an alert. */
const LISTED = 20;
/** Alerts of one run that a summary lists: more than a person looks at in a day. */
const ALERTS_LISTED = 200;
/** From this share on a port counts as severe: high or critical where it is new (port-severity.ts). */
const SEVERE = 0.85;
/** Effects of verdicts that are named. */
const EFFECTS_NAMED = 5;

/** What a model says of a stored run. Undefined for `off`. */
export async function anomaliesOf(
  store: QueryRunner & RowWriter & RowRemover,
  run: StoredRun,
  model: AnomalyModel,
  setting: SurpriseSetting,
): Promise<Anomalies | undefined> {
  if (model === 'off') return undefined;
  if (model === 'seed') return seedAnomalies(store, run, setting);
  const { report, census, scans, effects } = await judgeSurprise(store, run, setting);
  return surpriseAnomalies(report, census, { scans, effects, severity: portSeverity(setting.policy) });
}

function surpriseAnomalies(
  report: SurpriseReport,
  census: Census,
  known: { readonly scans: number; readonly effects: readonly Stratum[]; readonly severity: PortSeverity },
): Anomalies {
  const alerts = report.hosts.filter(({ alert }) => alert !== undefined);
  const others = report.hosts.filter(({ alert, score }) => alert === undefined && score > -Infinity);
  const anomaly = new Map(report.hosts.map((host) => [host, hostAnomaly(host)] as const));
  const summary: AnomalySummary = {
    model: 'surprise/1',
    stage: stageOf(report.stage),
    scans: known.scans,
    budget: report.budget,
    judged: report.judged,
    scored: report.hosts.length,
    alerts: alerts.length,
    hosts: [...alerts.slice(0, ALERTS_LISTED), ...others.slice(0, LISTED)].map((host) => anomaly.get(host)!),
    notes: notesOf(report, known.effects),
  };
  return {
    summary,
    hosts: new Map(
      alerts.map((host): [IpAddress, KnownAnomaly] => [
        host.host,
        {
          anomaly: anomaly.get(host)!,
          channel: channelOf(host),
          severe: isSevere(host, census, known.severity),
        },
      ]),
    ),
  };
}

/** What the model says of single hosts of a run, in words. */
export interface DescribedSurprise {
  readonly stage: AnomalySummary['stage'];
  /** Earlier scans that were learned. */
  readonly scans: number;
  /** What it says of a host; undefined when nothing about it is unusual. */
  readonly of: (host: IpAddress) => HostAnomaly | undefined;
}

/** Puts what was judged into words, host by host when it is asked for. */
export function describeSurprise({ report, scans }: JudgedRun): DescribedSurprise {
  const hosts = new Map(report.hosts.map((host) => [host.host, host]));
  return {
    stage: stageOf(report.stage),
    scans,
    of: (address) => {
      const host = hosts.get(address);
      return host === undefined ? undefined : hostAnomaly(host);
    },
  };
}

function hostAnomaly(host: HostSurprise): HostAnomaly {
  return {
    host: host.host,
    identity: host.identity,
    score: host.score,
    items: host.items.map(itemWords),
    ...(host.p === undefined ? {} : { p: host.p }),
    ...(host.alert === undefined
      ? {}
      : { alert: host.alert.group === undefined ? {} : { group: host.alert.group } }),
    peers: host.peers,
  };
}

/** The channel that raised the alert by itself, otherwise that of the largest item. */
function channelOf({ alert, items }: HostSurprise): SurpriseChannel | undefined {
  if (alert !== undefined && alert.by !== 'score') return alert.by;
  const top = items.find(
    ({ channel }) => channel !== 'history' && channel !== 'feedback' && channel !== 'announced',
  );
  return top?.channel as SurpriseChannel | undefined;
}

function isSevere(host: HostSurprise, census: Census, severity: PortSeverity): boolean {
  const ports = new Set(
    host.items
      .filter(({ channel, value }) => channel === 'new-port' && value > 0)
      .flatMap((item) => item.ports),
  );
  const seen = census.hosts[host.index]?.ports ?? [];
  return seen.some((port) => ports.has(port.key) && severity(port) >= SEVERE);
}

function notesOf({ drift, hosts }: SurpriseReport, effects: readonly Stratum[]): string[] {
  const notes = drift === undefined ? [] : [driftWords(drift)];
  const moved = effects.filter(({ offset }) => Math.abs(offset) >= 0.1);
  if (moved.length > 0) {
    const named = moved
      .slice(0, EFFECTS_NAMED)
      .map(
        ({ by, name, offset, confirmed, dismissed }) =>
          `${by} ${name} ${offset > 0 ? 'raised' : 'lowered'} by ${Math.abs(offset).toFixed(1)} (${confirmed} true, ${dismissed} expected or noise)`,
      );
    notes.push(`Verdicts move the scores of alike alerts: ${named.join('; ')}. See tidemark feedback list.`);
  }
  const tickets = new Set(
    hosts.flatMap(({ items }) =>
      items.flatMap(({ channel, after }) => (channel === 'announced' ? (after ?? []) : [])),
    ),
  );
  if (tickets.size > 0)
    notes.push(`Announced changes explain part of it: ${[...tickets].toSorted().join(', ')}.`);
  return notes;
}

/** The first design of Tidemark (`--model seed`): a list by its own total, and its own levels, for comparison. */
async function seedAnomalies(
  store: QueryRunner,
  run: StoredRun,
  setting: SurpriseSetting,
): Promise<Anomalies> {
  const earlier = await runsBefore(store, run);
  const history = new FeatureHistory();
  for (const before of earlier) history.learn(await censusOfStored(store, before, setting));
  const census = await censusOfStored(store, run, setting);
  const table = history.features(census);
  const verdicts = judgeAsSeed(table).toSorted((a, b) => b.total - a.total || a.index - b.index);
  const hosts = verdicts.slice(0, LISTED + ALERTS_LISTED).map((verdict): HostAnomaly => {
    const rules = 0.6 * verdict.ruleRisk;
    return {
      host: census.hosts[verdict.index]!.address,
      identity: table.identities[verdict.index]!,
      score: verdict.total,
      items: [
        { text: `rule risk ${verdict.ruleRisk} of 90, weighed 0.6`, value: rules, ports: [] },
        {
          text: `the forest ${verdict.decision < 0 ? 'calls it an outlier' : 'calls it ordinary'}, mostly by ${verdict.reasons
            .slice(0, 3)
            .map(({ feature }) => feature)
            .join(', ')}; level ${verdict.level}`,
          value: verdict.total - rules,
          ports: [],
        },
      ],
      peers: { hosts: census.hosts.length, share: [] },
    };
  });
  return {
    hosts: new Map(),
    summary: {
      model: 'seed/1',
      stage: {
        name: 'seed',
        means:
          'The first design, for comparison: its forest calls a tenth of all hosts outliers whatever happens, and its totals never reach its own High.',
      },
      scans: earlier.length,
      budget: 0,
      judged: census.hosts.length,
      scored: verdicts.length,
      alerts: 0,
      hosts: hosts.slice(0, LISTED),
      notes: [
        `It calls ${verdicts.filter(({ decision }) => decision < 0).length} of ${verdicts.length} hosts outliers.`,
      ],
    },
  };
}
