import type { ReconWorkspace } from '../assembly/recon-workspace.ts';
import type { Workspace } from '../assembly/workspace.ts';
import type { Call, ExitStatus } from './call.ts';
import { withWorkspace } from './with-workspace.ts';

/** Opens the workspace for work on telemetry, and closes it however the work ends. */
export function withRecon(
  call: Call,
  work: (recon: ReconWorkspace) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => work(await reconOf(workspace)));
}

async function reconOf(workspace: Workspace | (Workspace & ReconWorkspace)): Promise<ReconWorkspace> {
  if ('importTelemetry' in workspace) return workspace;
  const { Fault } = await import('../fault/fault.ts');
  throw new Fault('recon/not-assembled', 'this version cannot read telemetry', 'Install a later version.');
}
