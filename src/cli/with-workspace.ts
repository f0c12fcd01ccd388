import type { Workspace } from '../assembly/workspace.ts';
import type { Call, ExitStatus } from './call.ts';
import { safe } from './print.ts';

/** Opens what the configuration says, hands it to the work, and closes it however the work ends. */
export async function withWorkspace(
  call: Call,
  work: (workspace: Workspace) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const { config } = await call.loadConfig();
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
  try {
    for (const { message } of workspace.problems) call.print.note(`warning: ${safe(message)}`);
    return await work(workspace);
  } finally {
    call.progress.end();
    await workspace.close();
  }
}
