/**
 * A process of its own for `tidemark doctor`: opens the store that the configuration (JSON on stdin)
 * names and prints what it found as JSON. The embedded engine is native code; should it crash, this
 * process dies and doctor lives to tell.
 */
import { hostname } from 'node:os';
import { Workspace } from '../../assembly/workspace.ts';
import type { Config } from '../../config/config.ts';
import { Fault, type Problem } from '../../fault/fault.ts';
import { fromMillis } from '../../time/instant.ts';
import { escapeJson } from '../../report/escape-json.ts';

/** What the probe prints. */
export type ProbeAnswer =
  | {
      readonly opened: true;
      /** `embedded`, `server` or `cluster`. */
      readonly mode: string;
      readonly nodes: readonly {
        readonly name: string;
        readonly version?: string;
        readonly problem?: Problem;
      }[];
      readonly problems: readonly Problem[];
      readonly scans: number;
      /** What only one process may do, and who does it from another directory or machine, in words. */
      readonly elsewhere: readonly { readonly duty: string; readonly who: string }[];
    }
  | { readonly opened: false; readonly code: string; readonly message: string; readonly fix: string };

async function probe(config: Config, program: string): Promise<ProbeAnswer> {
  try {
    const workspace = await Workspace.open(config, { clock: () => fromMillis(Date.now()), program });
    try {
      const { mode, nodes, problems } = await workspace.health();
      const held = await workspace.duties.held();
      return {
        opened: true,
        mode,
        nodes,
        problems,
        scans: (await workspace.listRuns()).length,
        elsewhere: held
          .filter((each) => each.host !== hostname() || each.directory !== config.store.dataDir)
          .map(({ duty, host, pid, directory }) => ({
            duty,
            who: `process ${pid} on ${host} (${directory})`,
          })),
      };
    } finally {
      await workspace.close();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { opened: false, code: error.code, message: error.message, fix: error.fix };
  }
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const config = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Config;
const answer = await probe(config, process.argv[2] ?? '');
process.stdout.write(`${escapeJson(answer)}\n`, () => process.exit(0));
