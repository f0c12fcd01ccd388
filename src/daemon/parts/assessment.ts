import { counted } from '../../text/phrase.ts';
import type { Workspace } from '../../assembly/workspace.ts';
import { Fault } from '../../fault/fault.ts';
import { publish, type Context } from '../context.ts';
import type { Part, PartRoom } from '../supervisor.ts';
import { inSpan } from '../tracing.ts';

/** Milliseconds between two looks for scans that came some other way: through a ClickHouse server. */
const LOOK = 60_000;

/** Assesses every scan that comes, however it came and whatever stopped an earlier try. */
export function assessmentPart(context: Context): Part {
  return { name: 'assessment', after: ['delivery'], run: (room) => run(context, room) };
}

async function run(context: Context, room: PartRoom): Promise<void> {
  while (!room.signal.aborted) {
    room.running();
    await look(context, room);
    room.waiting('');
    await context.bells.assess.wait(LOOK, room.signal);
  }
}

async function look(context: Context, room: PartRoom): Promise<void> {
  const { workspace, log } = context;
  const due = await workspace.runsToAssess();
  let failed: Fault | undefined;
  for (const [index, stored] of due.entries()) {
    if (room.signal.aborted) return;
    room.running(due.length === 1 ? '' : `scan ${index + 1} of ${due.length}`);
    try {
      await assess(context, stored, room.signal);
    } catch (error) {
      if (room.signal.aborted) return;
      if (!(error instanceof Fault) || error.code.startsWith('store/')) throw error;
      // One scan that cannot be assessed does not hold up the others; it is tried again with the next start of this part.
      log('error', 'assessment.failed', `scan ${stored.info.id}: ${error.message}`, { code: error.code });
      failed ??= error;
    }
  }
  if (failed !== undefined) throw failed;
}

type StoredRun = Awaited<ReturnType<Workspace['runsToAssess']>>[number];

async function assess(context: Context, stored: StoredRun, signal: AbortSignal): Promise<void> {
  const { workspace, clock, log, metrics, bells } = context;
  const begun = clock();
  const { id, vantage } = stored.info;
  const summary = await inSpan('tidemark.assessment', { 'tidemark.scan': id }, async (span) => {
    const made = await workspace.assess(stored, { kind: 'auto' }, { signal });
    span.setAttribute('tidemark.findings', made.findings.length);
    return made;
  });
  metrics.assessment((clock() - begun) / 1e6);
  log('info', 'assessment.made', `scan ${id}: ${counted(summary.findings.length, 'finding')}`, {
    scan: id,
    vantage,
    findings: summary.findings.length,
  });
  publish(context, 'scan', [id]);
  bells.deliver.ring();
}
