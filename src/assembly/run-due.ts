import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditLog } from '../audit/audit-log.ts';
import { tryLock } from '../audit/file-lock.ts';
import type { Actor } from '../audit/record.ts';
import type { ScannedRun } from '../exposure/flow/run-nmap.ts';
import {
  encodeScheduleRun,
  newestScheduleRuns,
  scheduleRun,
  type ScheduleEvent,
} from '../exposure/queries/schedule-runs.ts';
import { Fault } from '../fault/fault.ts';
import { schedulesOf } from '../scope/config.ts';
import { dueNow, type Occurrence, type Schedule } from '../scope/schedule.ts';
import { all } from '../sql/ports.ts';
import { formatInstant, formatMinute, type Instant } from '../time/instant.ts';
import { scanAuthorised } from './authorised-scan.ts';
import type { ScanSetting } from './scan-ask.ts';
import { ruleOf } from './refusal.ts';

/** What became of one schedule when it was looked at. */
export type ScheduleOutcome = { readonly schedule: string } & (
  | { readonly kind: 'ran'; readonly scanned: readonly ScannedRun[] }
  /** Times that went by, or one whose scan was refused. Texts may quote the outside: escape. */
  | { readonly kind: 'missed'; readonly why: string }
  | { readonly kind: 'failed'; readonly fault: Fault }
);

/**
 * Makes the scans whose time has come, one after the other, and notes what was missed and why. Meant to be started every
 * few minutes. Two processes at once make a run once: the second one finds the lock held and does nothing.
 */
export async function runDue(setting: ScanSetting, actor: Actor): Promise<readonly ScheduleOutcome[]> {
  const { dataDir } = setting.config.store;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const { vantage } = setting.config.exposure;
  const release = await tryLock(join(dataDir, `schedules-${encodeURIComponent(vantage)}.lock`));
  if (release === undefined) return [];
  try {
    const outcomes: ScheduleOutcome[] = [];
    for (const schedule of schedulesOf(setting.config.schedules)) {
      if (schedule.vantage !== undefined && schedule.vantage !== vantage) continue;
      if (setting.signal.aborted) break;
      outcomes.push(...(await new ScheduleTurn(setting, schedule, actor).take()));
    }
    return outcomes;
  } finally {
    await release();
  }
}

/** One look at one schedule. */
class ScheduleTurn {
  readonly #setting: ScanSetting;
  readonly #schedule: Schedule;
  readonly #actor: Actor;

  constructor(setting: ScanSetting, schedule: Schedule, actor: Actor) {
    this.#setting = setting;
    this.#schedule = schedule;
    this.#actor = { ...actor, user: `schedule ${schedule.name}` };
  }

  async take(): Promise<readonly ScheduleOutcome[]> {
    const { store, clock } = this.#setting;
    const now = clock();
    const { name } = this.#schedule;
    const newest = (await all(store, newestScheduleRuns, {})).find((run) => run.schedule === name);
    if (newest === undefined) {
      // What was before the schedule was first met is not missed.
      await this.#note('registered', now, '');
      return [];
    }
    const { run, missed, more } = dueNow(this.#schedule, newest.nominal, now);
    const outcomes: ScheduleOutcome[] = [];
    if (missed.length > 0) outcomes.push(await this.#miss(missed, more));
    if (run !== undefined) outcomes.push(await this.#run(run));
    return outcomes;
  }

  async #miss(missed: readonly Occurrence[], more: boolean): Promise<ScheduleOutcome> {
    const [first, last] = [missed[0]!, missed.at(-1)!];
    const many = `${more ? 'more than ' : ''}${missed.length} runs, ${formatMinute(first.nominal)} to ${formatMinute(last.nominal)}`;
    const which = missed.length === 1 ? `the run of ${formatMinute(first.nominal)}` : many;
    return this.#missed(last.nominal, `${which}: nothing looked for due runs in time`);
  }

  async #missed(nominal: Instant, why: string): Promise<ScheduleOutcome> {
    await this.#audit(why, { nominal: formatInstant(nominal) });
    await this.#note('missed', nominal, why);
    return { schedule: this.#schedule.name, kind: 'missed', why };
  }

  async #run({ nominal }: Occurrence): Promise<ScheduleOutcome> {
    const { name, targets, profiles, plan } = this.#schedule;
    // Written before the scan: one that a crash cut short is not made twice.
    await this.#note('started', nominal, '');
    try {
      const scanned = await scanAuthorised(this.#setting, {
        targets,
        profiles,
        ...(plan === undefined ? {} : { plan }),
        raw: true,
        note: `schedule ${name}, ${formatInstant(nominal)}`,
        actor: this.#actor,
        purpose: 'scan',
      });
      const stopped = scanned.at(-1)?.end.stopped;
      await this.#note(
        'ended',
        nominal,
        stopped ?? '',
        scanned.map(({ run }) => run.info.id),
      );
      return { schedule: name, kind: 'ran', scanned };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const refused = error.code === 'scan/refused' || ruleOf(error) !== undefined;
      if (refused) return this.#missed(nominal, error.message);
      await this.#note('failed', nominal, error.message);
      return { schedule: name, kind: 'failed', fault: error };
    }
  }

  async #audit(why: string, details: Readonly<Record<string, unknown>>): Promise<void> {
    const { config, clock } = this.#setting;
    await new AuditLog(config.audit.file, clock).append({
      actor: this.#actor,
      action: 'schedule.missed',
      subject: this.#schedule.name,
      why: why.slice(0, 1_000),
      details,
    });
  }

  async #note(
    event: ScheduleEvent,
    nominal: Instant,
    why: string,
    runs: readonly string[] = [],
  ): Promise<void> {
    const { store, clock } = this.#setting;
    await store.insert(scheduleRun, [
      encodeScheduleRun({ schedule: this.#schedule.name, nominal, at: clock(), event, why, runs }),
    ]);
  }
}
