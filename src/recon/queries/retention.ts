import type { SchemaTarget } from '../../sql/schema.ts';
import type { Table } from '../../sql/table.ts';
import type { ReconConfig } from '../config.ts';
import {
  appEventTable,
  contactTable,
  flowTable,
  idsAlertTable,
  processEventTable,
  serviceHistoryTable,
  telemetryProblemTable,
} from './tables.ts';

/**
 * Sees to it that every node drops telemetry when it is as old as the configuration says, counted from when it was
 * read: old captures that are imported today stay as long as those of today. The ledger of files, episodes and
 * decisions stay for ever. To be called once a store is open and migrated; does nothing where nothing changed.
 * Throws a Fault `store/…`.
 */
export async function applyRetention(
  target: SchemaTarget,
  retention: ReconConfig['retention'],
): Promise<void> {
  const days: readonly (readonly [Table, number])[] = [
    [flowTable, retention.flowDays],
    [appEventTable, retention.eventDays],
    [idsAlertTable, retention.eventDays],
    [processEventTable, retention.eventDays],
    [telemetryProblemTable, retention.eventDays],
    [contactTable, retention.contactDays],
    [serviceHistoryTable, retention.contactDays],
  ];
  for (const node of target.nodes)
    for (const [table, kept] of days) await node.ensureRetention(table, 'loaded', kept);
}
