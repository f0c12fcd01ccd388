import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Call, ExitStatus, Run } from '../call.ts';
import type { Check } from '../checks/check.ts';
import { helpAfter } from '../help.ts';

/** `tidemark doctor`: what is missing or wrong, and how to mend it. Changes nothing. */
export function doctorCommand(run: Run): CommandUnknownOpts {
  return new Command('doctor')
    .description('say what is missing or misconfigured here, and the fix')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark doctor', 'check everything'],
          ['tidemark doctor --json', 'the same for monitoring'],
        ],
        ['0 all is well', '1 something is missing that some commands need', '2 something must be mended'],
      ),
    )
    .action(() => run(doctor));
}

async function doctor(call: Call): Promise<ExitStatus> {
  const { print } = call;
  const checks = await gather(call);
  const status = checks.some(({ state }) => state === 'fail')
    ? 2
    : checks.some(({ state }) => state === 'warn')
      ? 1
      : 0;
  if (print.json) {
    await print.value({ schema: 'tidemark/doctor/1', status, checks });
    return status;
  }
  const { formatChecks } = await import('../checks/format.ts');
  const verdict = ['all is well', 'usable, with the warnings above', 'something must be mended first'][
    status
  ];
  await print.text(`${formatChecks(checks, print)}\n${verdict}\n`);
  return status;
}

async function gather({ process, loadConfig, version }: Call): Promise<readonly Check[]> {
  const [
    { checkClock, checkDataDir, checkDiskSpace, checkNode, checkTerminal },
    nmap,
    { checkConfig },
    { checkEngine },
    { checkAuditLog, checkScope },
  ] = await Promise.all([
    import('../checks/machine.ts'),
    import('../checks/nmap.ts'),
    import('../checks/configuration.ts'),
    import('../checks/engine.ts'),
    import('../checks/scanning.ts'),
  ]);
  const configuration = await checkConfig(loadConfig, process.env);
  const executable = configuration.loaded?.config.exposure.nmap ?? 'nmap';
  const nmapCheck = await nmap.checkNmap(executable);
  const checks: Check[] = [checkNode(), ...configuration.checks];
  if (configuration.loaded !== undefined) {
    const { dataDir } = configuration.loaded.config.store;
    checks.push(
      await checkDataDir(dataDir),
      checkDiskSpace(dataDir),
      checkClock(process.clock, dataDir),
      ...(await checkEngine(configuration.loaded.config, version)),
      await checkAuditLog(configuration.loaded.config, process.clock),
      await checkScope(configuration.loaded.config, process.clock),
    );
  }
  checks.push(nmapCheck);
  if (nmapCheck.state === 'ok') checks.push(await nmap.checkScanPrivileges(executable, process.env));
  checks.push(checkTerminal(process.stdout, process.env));
  return checks;
}
