import {
  assessmentTable,
  baselinePin,
  baselineVersion,
  findingTable,
  scanProblem,
  scanRun,
} from '../exposure/queries/tables.ts';
import { hostCurrentTable } from '../exposure/queries/host-list.ts';
import { findingVerification } from '../exposure/queries/verifications.ts';
import { findingJudgementTable } from '../findings/judgement.ts';
import { findingCurrentTable } from '../findings/queries/current.ts';
import { hostRiskTable } from '../findings/queries/host-risk.ts';
import { outboxTables } from '../findings/queries/outbox.ts';
import { contactTable, episodeTable, flowTable, roleApprovalTable } from '../recon/queries/tables.ts';
import type { Table } from '../sql/table.ts';

const LISTED_HOSTS = [hostCurrentTable, hostRiskTable];
const RUNS = [scanRun, assessmentTable];
/** What a finding is worked out from. */
const WORKED_OUT = [...RUNS, findingTable, findingJudgementTable, roleApprovalTable, episodeTable];
/** Whether a host was touched by an episode that does not name it; `flow` fills `contact`. */
const TOUCHED = [contactTable, flowTable];

/** What answers are read from, by what they are about: all tables that may make them another. */
const READ = {
  findings: [findingCurrentTable],
  finding: [...WORKED_OUT, findingCurrentTable, findingVerification],
  hosts: LISTED_HOSTS,
  // Rows of hosts and problems are seen with the row of their run, and no others are ever taken away.
  host: [...LISTED_HOSTS, ...RUNS, findingCurrentTable, ...TOUCHED],
  scans: RUNS,
  scan: [...RUNS, findingTable, scanProblem],
  baselines: [baselineVersion, baselinePin],
  episodes: [findingCurrentTable, ...TOUCHED],
  episode: [...WORKED_OUT, findingCurrentTable],
  posture: [...LISTED_HOSTS, ...RUNS, findingCurrentTable, ...Object.values(outboxTables)],
} as const satisfies Readonly<Record<string, readonly Table[]>>;

/** What an answer is about. */
export type AnswerTopic = keyof typeof READ;

/** The tables that answers on a topic are read from. */
export function tablesRead(topic: AnswerTopic): readonly Table[] {
  return READ[topic];
}
