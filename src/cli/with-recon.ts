import type { ReconWorkspace } from '../assembly/recon-workspace.ts';
import type { Call, ExitStatus } from './call.ts';
import { withWorkspace } from './with-workspace.ts';

/** Opens the workspace for work on telemetry, and closes it however the work ends. */
export function withRecon(
  call: Call,
  work: (recon: ReconWorkspace) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  return withWorkspace(call, (workspace) => work(workspace.recon));
}
