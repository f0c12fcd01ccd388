import type { Workspace } from '../assembly/workspace.ts';
import type { Call, ExitStatus } from './call.ts';
import { safe } from './print.ts';
import { closeStdin } from './stdin.ts';

/** Opens what the configuration says, waiting as long as --wait allows. The caller closes it. */
export async function openWorkspace(call: Call): Promise<Workspace> {
  const { config } = await call.loadConfig();
  closeStdin();
  const assembly = await import('../assembly/workspace.ts');
  const { clock, signal } = call.process;
  const { wait } = call.options;
  const workspace = await assembly.Workspace.open(config, {
    clock,
    signal,
    program: call.version,
    ...(wait === undefined ? {} : { waitSeconds: wait }),
    onWait: (message) => {
      call.print.note(`waiting: ${safe(message)}`);
    },
  });
  for (const { message } of workspace.problems) call.print.note(`warning: ${safe(message)}`);
  return workspace;
}

/** Opens the workspace, hands it to the work, and closes it however the work ends. */
export async function withWorkspace(
  call: Call,
  work: (workspace: Workspace) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const workspace = await openWorkspace(call);
  try {
    return await work(workspace);
  } finally {
    call.progress.end();
    await workspace.close();
  }
}
