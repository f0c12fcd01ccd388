import type { Workspace } from '../assembly/workspace.ts';
import type { Call } from './call.ts';

/** Opens what the configuration says, hands it to the work, and closes it however the work ends. */
export async function withWorkspace<T>(call: Call, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const { config } = await call.loadConfig();
  const { openWorkspace } = await import('../assembly/workspace.ts');
  const { clock, signal } = call.process;
  const workspace = await openWorkspace(config, { clock, signal });
  try {
    return await work(workspace);
  } finally {
    call.progress.end();
    await workspace.close();
  }
}
