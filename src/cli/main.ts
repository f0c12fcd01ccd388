#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { CommanderError } from '@commander-js/extra-typings';
import { fromMillis } from '../time/instant.ts';
import type { Call, ExitStatus, GlobalOptions, Process, Run } from './call.ts';
import { endProcess } from './end-process.ts';
import { createPrint } from './print.ts';
import { buildProgram, usageFault } from './program.ts';
import { createProgress } from './progress.ts';
import { watchSignals } from './signals.ts';

/** Status of a program whose reader went away, as shells count it: 128 + SIGPIPE. */
const BROKEN_PIPE = 141;

const own = globalThis.process;
const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

let status: number = 0;
let options: GlobalOptions = { json: false, quiet: false, debug: false, color: true };
const interruption = watchSignals(own, (text) => {
  if (!options.quiet) own.stderr.write(`tidemark: ${text}\n`);
});
// `tidemark … | head -1`: the reader has seen enough, and that is not an error worth words.
own.stdout.on('error', (error: NodeJS.ErrnoException) => {
  own.exit(error.code === 'EPIPE' ? BROKEN_PIPE : 2);
});
own.stderr.on('error', () => undefined);

const surroundings: Process = {
  cwd: own.cwd(),
  env: own.env,
  // Asking for it opens it, which costs time and is seldom needed.
  get stdin() {
    return own.stdin;
  },
  stdout: own.stdout,
  stderr: own.stderr,
  signal: interruption.signal,
  takeOver: interruption.takeOver,
  clock: () => fromMillis(Date.now()),
};

const run: Run = async (work) => {
  options = { ...options, ...(program.opts() as Partial<GlobalOptions>) };
  status = await work(createCall(surroundings, options));
};
const program = buildProgram(version, run);

function createCall(process: Process, given: GlobalOptions): Call {
  const { stdout, stderr, env, cwd } = process;
  const { json, quiet, color } = given;
  return {
    version,
    process,
    options: given,
    print: createPrint({ stdout, stderr, env, json, quiet, colorAllowed: color }),
    progress: createProgress(stderr, !quiet && !json, () => performance.now()),
    loadConfig: async () => {
      const { loadConfig } = await import('../config/load.ts');
      return loadConfig({
        cwd,
        env,
        ...(given.config === undefined ? {} : { config: given.config }),
        ...(given.dataDir === undefined ? {} : { dataDir: given.dataDir }),
      });
    },
  };
}

async function fail(error: unknown): Promise<ExitStatus> {
  const failure = error instanceof CommanderError ? usageFault(error, program) : error;
  if (failure === undefined) return 0;
  const { describeFailure } = await import('./report-fault.ts');
  // Usage errors come before the options are read: the words themselves must do.
  const asked = (flag: string): boolean => own.argv.includes(flag);
  own.stderr.write(
    `${describeFailure(failure, { json: options.json || asked('--json'), debug: options.debug || asked('--debug') })}\n`,
  );
  return 2;
}

try {
  if (own.argv[2] === 'complete') {
    const { addCompletions } = await import('./completions.ts');
    addCompletions(program);
  }
  await program.parseAsync(own.argv);
} catch (error) {
  status = interruption.signal.aborted ? 2 : await fail(error);
}
interruption.release();
status = interruption.status() ?? status;
// The embedded engine keeps native threads; the process ends here, once stdout has taken everything.
own.exitCode = status;
endProcess(own.stdout, () => own.exit(status));
