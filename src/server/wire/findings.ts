import type {
  Evidence,
  EvidenceItem,
  FindingDetail,
  FindingRow,
  Judgement as WireJudgement,
} from '../../api/findings.ts';
import type { ListedFinding } from '../../assembly/stored-findings.ts';
import type { EvidenceRow } from '../../assembly/recon-workspace.ts';
import type { Verification } from '../../exposure/queries/verifications.ts';
import type { CurrentFinding } from '../../findings/current.ts';
import type { Finding } from '../../findings/finding.ts';
import { hostsOfFinding, type Judgement } from '../../findings/judgement.ts';
import type { Risk } from '../../findings/summary.ts';
import { standingOf } from '../../recon/model/standing.ts';
import { formatInstant } from '../../time/instant.ts';
import { riskOf, timeOrNull } from './values.ts';

/** Hosts that a line of a list names. */
const NAMED_HOSTS = 8;
/** Hosts that the page of a finding names. */
const MOST_HOSTS = 10_000;

/** One line of the list. */
export function findingRow(current: CurrentFinding): FindingRow {
  const { finding, lifecycle, standing, run, role, network } = current;
  const hosts = hostsOfFinding(finding);
  return {
    id: finding.id,
    half: finding.half,
    rule: finding.rule,
    title: finding.title,
    severity: finding.severity,
    score: finding.score,
    confidence: finding.confidence.value,
    state: lifecycle.state,
    since: formatInstant(lifecycle.since),
    why: lifecycle.why,
    until: timeOrNull(lifecycle.until),
    reopened: lifecycle.reopened.count,
    present: lifecycle.present,
    hosts: hosts.slice(0, NAMED_HOSTS),
    hostCount: hosts.length,
    port: finding.subject.port ?? null,
    network: network ?? null,
    role: role ?? null,
    firstSeen: formatInstant(finding.firstSeen),
    lastSeen: formatInstant(finding.lastSeen),
    scan: run ?? null,
    standing,
  };
}

/** A finding with everything, as a line of the list has it. */
export function currentOf(listed: ListedFinding): CurrentFinding {
  const { finding, lifecycle, run, place, episode } = listed;
  return {
    finding,
    lifecycle,
    standing: episode === undefined ? 'review' : standingOf(episode),
    run,
    role: place.role,
    network: finding.subject.network,
  };
}

/** Everything about one finding. */
export function findingDetail(
  listed: ListedFinding,
  known: {
    readonly risk: Risk;
    readonly verification: Verification | undefined;
    readonly verifying: boolean;
  },
): FindingDetail {
  const { finding, lifecycle, judgements, episode } = listed;
  const { subject, confidence } = finding;
  const { verification } = known;
  return {
    finding: findingRow(currentOf(listed)),
    risk: riskOf(known.risk),
    confidence: { value: confidence.value, lowered: confidence.lowered.map((each) => ({ ...each })) },
    subject: {
      host: subject.host ?? null,
      port: subject.port ?? null,
      network: subject.network ?? null,
      hosts: hostsOfFinding(finding).slice(0, MOST_HOSTS),
    },
    observations: finding.observations.map(({ text, since, unusual, evidence }) => ({
      text,
      since: timeOrNull(since),
      unusual: unusual ?? null,
      evidence: evidence.map(evidenceOf),
    })),
    impact: finding.impact,
    actions: [...finding.actions],
    references: [...finding.references],
    steps: lifecycle.steps.map(({ at, from, to, why, by, reopened }) => ({
      at: formatInstant(at),
      from: from ?? null,
      to,
      why,
      by: by ?? null,
      reopened,
    })),
    reopenedBecause: lifecycle.reopened.reason ?? null,
    judgements: judgements.map(judgementOf),
    verification:
      verification === undefined
        ? null
        : {
            at: formatInstant(verification.at),
            outcome: verification.outcome,
            told: verification.told,
            runs: [...verification.runs],
            by: verification.by,
          },
    verifying: known.verifying,
    episode: episode?.id ?? null,
  };
}

/** What a claim rests on. */
export function evidenceOf(evidence: Finding['observations'][number]['evidence'][number]): Evidence {
  switch (evidence.kind) {
    case 'scan':
      return {
        kind: 'scan',
        run: evidence.run,
        host: evidence.host ?? null,
        port: evidence.port ?? null,
        fact: evidence.fact,
      };
    case 'record':
      return { ...evidence, at: formatInstant(evidence.at) };
    case 'baseline':
    case 'rule':
      return evidence;
    default:
      return evidence satisfies never;
  }
}

/** A record of telemetry as a piece of evidence. */
export function recordOf({ kind, at, ...row }: EvidenceRow): EvidenceItem {
  return { ...row, kind: 'telemetry', record: kind, at: formatInstant(at), fields: { ...row.fields } };
}

/** What a person said. */
export function judgementOf(judgement: Judgement): WireJudgement {
  const { id, at, by, note, finding, rule, severity, state, scope, until, effects } = judgement;
  return {
    id,
    at: formatInstant(at),
    by,
    note,
    finding,
    rule,
    severity,
    state,
    scope: { ...scope },
    until: timeOrNull(until),
    effects: [...effects],
  };
}
