import type { LoadedConfig } from '../../config/load.ts';
import { unreadVariables } from '../../config/environment.ts';
import { Fault, formatWhere } from '../../fault/fault.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** Whether the configuration can be used, with what it says when it can. */
export async function checkConfig(
  loadConfig: () => Promise<LoadedConfig>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly checks: readonly Check[]; readonly loaded: LoadedConfig | undefined }> {
  const name = 'configuration';
  const unread = unreadVariables(env).map(({ name: variable, meant }) =>
    warn(
      name,
      `the environment variable ${variable} is not read`,
      meant === undefined ? 'Remove it.' : `Did you mean ${meant}?`,
    ),
  );
  try {
    const loaded = await loadConfig();
    const { file, because } = loaded.located;
    const message = file === undefined ? 'no file: defaults hold' : `${file} (${because})`;
    return { checks: [ok(name, message), ...unread], loaded };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const where = formatWhere(error.where);
    return {
      checks: [fail(name, where === '' ? error.message : `${where}: ${error.message}`, error.fix), ...unread],
      loaded: undefined,
    };
  }
}
