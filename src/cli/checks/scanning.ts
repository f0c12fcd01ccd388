import { counted } from '../../text/phrase.ts';
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../../config/config.ts';
import { Fault } from '../../fault/fault.ts';
import { formatMinute, type Clock } from '../../time/instant.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** A grant that ends within this many days is told. */
const SOON_DAYS = 14;

/** Whether the audit log is whole and can be written: without it nothing is scanned. Writes nothing into it. */
export async function checkAuditLog(config: Config, clock: Clock): Promise<Check> {
  const name = 'audit log';
  const { AuditLog } = await import('../../audit/audit-log.ts');
  const { file } = config.audit;
  try {
    const { records, flaws } = await new AuditLog(file, clock).verify();
    if (flaws[0] !== undefined) {
      return fail(
        name,
        `${file} is not whole: ${flaws[0].message}`,
        'Look with `tidemark audit verify`; keep the file as evidence.',
      );
    }
    const place = await access(file, constants.F_OK).then(
      () => file,
      () => dirname(file),
    );
    const there = await access(place, constants.F_OK).then(
      () => true,
      () => false,
    );
    // A folder that is not there yet is made by the first record.
    if (there) await access(place, constants.W_OK);
    return ok(
      name,
      records === 0
        ? `${file} (will be made by the first scan)`
        : `${file}: ${counted(records, 'record')}, whole`,
    );
  } catch (error) {
    if (error instanceof Fault) return fail(name, error.message, error.fix);
    return fail(
      name,
      `${file} cannot be read and written: ${(error as Error).message}`,
      'Give yourself the right, or name another file in audit.file.',
    );
  }
}

/** Whether any grant holds, here and now or soon. */
export async function checkScope(config: Config, clock: Clock): Promise<Check> {
  const name = 'scope';
  const { grantsOf } = await import('../../scope/config.ts');
  const grants = grantsOf(config.scope);
  const now = clock();
  const { vantage } = config.exposure;
  if (grants.length === 0) return ok(name, 'no grant: `tidemark scan` scans nothing');
  const expired = grants.filter(({ expires }) => expires <= now);
  if (expired.length > 0) {
    return warn(
      name,
      `grant ${expired.map(({ id }) => id).join(', ')} has expired`,
      'Have it renewed, or remove it from scope.grants.',
    );
  }
  const here = grants.filter((grant) => grant.vantage === vantage);
  if (here.length === 0) {
    return warn(
      name,
      `no grant is for vantage ${vantage}`,
      'Correct exposure.vantage, or the vantage of a grant.',
    );
  }
  const first = here.toSorted((a, b) => a.expires - b.expires)[0]!;
  return first.expires - now < SOON_DAYS * 86_400e6
    ? warn(name, `grant ${first.id} ends at ${formatMinute(first.expires)}`, 'Have it renewed in time.')
    : ok(name, `${here.length} of ${grants.length} grants for vantage ${vantage}`);
}
