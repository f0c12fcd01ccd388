import { accessTokenTable } from '../access/token.ts';
import { outboxAlertColumns, outboxTables } from '../findings/queries/outbox.ts';
import { authorisedScanTable } from '../exposure/queries/authorised-scans.ts';
import { surpriseTables } from '../exposure/queries/surprise.ts';
import { featureTables, featureView } from '../exposure/queries/features.ts';
import { scheduleRun } from '../exposure/queries/schedule-runs.ts';
import { findingVerification } from '../exposure/queries/verifications.ts';
import { findingCurrentColumns, findingCurrentTable } from '../findings/queries/current.ts';
import { hostRiskTable } from '../findings/queries/host-risk.ts';
import { hostCurrentTable } from '../exposure/queries/host-list.ts';
import { readModelInputTable } from '../findings/queries/read-model.ts';
import { findingJudgementTable } from '../findings/judgement.ts';
import { assessmentRiskColumns, exposureTables } from '../exposure/queries/tables.ts';
import { exposureViews } from '../exposure/queries/views.ts';
import { reconMaterializedViews, reconTables } from '../recon/queries/tables.ts';
import { reconViews } from '../recon/queries/views.ts';
import { leaseTable } from '../sql/lease.ts';
import type { Migration } from './migration.ts';

/** Every migration there ever was, oldest first. What is released is never edited: a change is a new number. */
export const migrations: readonly Migration[] = [
  { id: 1, name: 'scans, baselines and findings', tables: exposureTables, views: exposureViews },
  {
    id: 2,
    name: 'telemetry, contacts and episodes',
    tables: reconTables,
    materializedViews: reconMaterializedViews,
    views: reconViews,
  },
  { id: 3, name: 'authorised scans', tables: [authorisedScanTable] },
  { id: 4, name: 'what the anomaly model knows and was told', tables: surpriseTables },
  { id: 5, name: 'verifications and schedules', tables: [findingVerification, scheduleRun] },
  { id: 6, name: 'what people said of findings', tables: [findingJudgementTable] },
  { id: 7, name: 'outbox of sinks', tables: Object.values(outboxTables) },
  { id: 8, name: 'tokens of the API', tables: [accessTokenTable] },
  {
    id: 9,
    name: 'read models of findings and hosts',
    tables: [findingCurrentTable, hostRiskTable, hostCurrentTable, readModelInputTable],
  },
  { id: 10, name: 'log of alerts', columns: outboxAlertColumns },
  { id: 11, name: 'features of hosts', tables: featureTables, views: [featureView] },
  { id: 12, name: 'who does what only one may do', tables: [leaseTable] },
  { id: 13, name: 'the sum behind the risk of an assessment', columns: assessmentRiskColumns },
  { id: 14, name: 'what lists show of findings, in one column', columns: findingCurrentColumns },
];
