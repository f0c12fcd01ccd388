import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Call, ExitStatus, Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';

/** `tidemark config …`: what is in effect, whether it is right, and its schema. */
export function configCommand(run: Run): CommandUnknownOpts {
  const command = new Command('config').description('show, check or describe the configuration').addHelpText(
    'after',
    helpAfter(
      [
        ['tidemark config show', 'every key in effect and where its value came from'],
        ['tidemark config check', 'say everything that is wrong, with lines'],
        ['tidemark config schema > config.json', 'JSON Schema for editors'],
      ],
      ANSWERS,
    ),
  );
  const showing = command
    .command('show', { isDefault: true })
    .description('print the configuration in effect, secrets masked, with the origin of each value')
    .addHelpText('after', helpAfter([['tidemark config show --json', 'the same for scripts']], ANSWERS))
    .action(() => run(show));
  guardDefault(command, showing);
  command
    .command('check')
    .description('say everything that is wrong with the configuration')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark config check --config lab.yaml', 'check another file']],
        ['0 nothing wrong', '2 something is wrong'],
      ),
    )
    .action(() => run(check));
  command
    .command('schema')
    .description('print the JSON Schema of tidemark.yaml')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark config schema > config.json', 'then name it in the editor’s YAML settings']],
        ANSWERS,
      ),
    )
    .action(() =>
      run(async ({ print }) => {
        const { configJsonSchema } = await import('../../config/json-schema.ts');
        await print.value(configJsonSchema());
        return 0;
      }),
    );
  return command;
}

async function show({ print, loadConfig }: Call): Promise<ExitStatus> {
  const loaded = await loadConfig();
  const { listSettings } = await import('../../config/show.ts');
  const settings = listSettings(loaded);
  if (print.json) {
    await print.value({
      schema: 'tidemark/settings/1',
      file: loaded.located.file ?? null,
      because: loaded.located.because,
      settings,
    });
    return 0;
  }
  const { file, because } = loaded.located;
  await print.text(
    `${print.paint('quiet', file === undefined ? '# no configuration file: defaults' : `# ${safe(file)} (${because})`)}\n`,
  );
  const texts = settings.map(({ key, value }) => `${safe(key)}: ${safe(JSON.stringify(value) ?? '')}`);
  const width = Math.min(60, Math.max(...texts.map((text) => text.length)));
  for (const [index, { origin }] of settings.entries()) {
    await print.text(`${(texts[index] ?? '').padEnd(width)}  ${print.paint('quiet', `# ${safe(origin)}`)}\n`);
  }
  return 0;
}

async function check({ print, loadConfig, process }: Call): Promise<ExitStatus> {
  const [{ ConfigFault }, { unreadVariables }, { formatWhere }] = await Promise.all([
    import('../../config/problem.ts'),
    import('../../config/environment.ts'),
    import('../../fault/fault.ts'),
  ]);
  const unread = unreadVariables(process.env);
  for (const { name, meant } of unread) {
    print.note(
      `remark: the environment variable ${safe(name)} is not read${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    );
  }
  try {
    const { located } = await loadConfig();
    if (print.json) {
      await print.value({
        schema: 'tidemark/config-check/1',
        file: located.file ?? null,
        problems: [],
        unreadVariables: unread,
      });
    } else {
      await print.text(
        `${located.file === undefined ? 'no configuration file: defaults hold' : `${safe(located.file)}: nothing wrong`}\n`,
      );
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    if (print.json) {
      const file = error.problems[0]?.where.file ?? null;
      await print.value({
        schema: 'tidemark/config-check/1',
        file,
        problems: error.problems,
        unreadVariables: unread,
      });
      return 2;
    }
    for (const { message, where, fix } of error.problems) {
      await print.text(`${safe(formatWhere(where))}: ${safe(message)}\n  fix: ${safe(fix)}\n`);
    }
    return 2;
  }
}
