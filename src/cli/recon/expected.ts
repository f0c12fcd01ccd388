import type { ListedExpectation, ReconWorkspace } from '../../assembly/recon-workspace.ts';
import { Fault } from '../../fault/fault.ts';
import type { Role } from '../../recon/model/episode.ts';
import { renderTable } from '../../report/table.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import { writeDown } from '../audit.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { whoActs } from '../who.ts';
import { withRecon } from '../with-recon.ts';

/** What `tidemark expected add` and `withdraw` take. */
export interface AddOptions {
  readonly source?: readonly string[];
  readonly role?: Role;
  readonly target?: readonly string[];
  readonly port?: string;
  readonly why: string;
}

/** `tidemark expected` */
export function listExpected(call: Call): Promise<ExitStatus> {
  return withRecon(call, (recon) => list(call, recon));
}

/** `tidemark expected add` */
export function addExpected(call: Call, options: AddOptions): Promise<ExitStatus> {
  return withRecon(call, (recon) => add(call, recon, options));
}

/** `tidemark expected withdraw` */
export function withdrawExpected(call: Call, options: AddOptions): Promise<ExitStatus> {
  return withRecon(call, (recon) => withdraw(call, recon, options));
}

/** The work of listExpected, over an open workspace. */
export async function list(call: Call, recon: ReconWorkspace): Promise<ExitStatus> {
  const { print } = call;
  const expected = await recon.listExpected();
  if (print.json) {
    await print.value({ schema: 'tidemark/expected/1', expected: expected.map(expectationJson) });
    return 0;
  }
  if (expected.length === 0) {
    print.note('nothing was approved as normal yet; see `tidemark expected add --help`');
    return 0;
  }
  await print.text(
    renderTable(
      [
        { title: 'WHO', min: 12 },
        { title: 'TO', min: 12 },
        { title: 'PORT' },
        { title: 'SINCE', min: 10 },
        { title: 'WHY', overflow: 'wrap', min: 20 },
      ],
      expected.map((each) => [
        whoWords(each),
        each.targets.length === 0 ? 'everything' : each.targets.join(', '),
        each.port ?? 'every',
        each.since === undefined ? undefined : formatMinute(each.since).slice(0, 10),
        `${each.why}${each.by === '' ? '' : ` (${each.by})`}`,
      ]),
      { width: print.width, paint: print.paint },
    ),
  );
  return 0;
}

/** The work of addExpected, over an open workspace. Something has to narrow it: what covers everything hides every scan. */
export async function add(call: Call, recon: ReconWorkspace, options: AddOptions): Promise<ExitStatus> {
  const { print } = call;
  const { source = [], role, target = [], port, why } = options;
  if (source.length === 0 && role === undefined) {
    throw new Fault(
      'cli/usage',
      'an approval without a source would hide every scan',
      'Say whose contacts are normal, with --source or --role.',
    );
  }
  const added = await writeDown(call, 'expectation.changed', aboutContacts('expect', options), (before) =>
    recon.expect(
      { sources: source, role, targets: target, port },
      { ...whoActs(why, call.process.env), before },
    ),
  );
  if (print.json)
    await print.value({ schema: 'tidemark/expectation/1', expectation: expectationJson(added) });
  else await print.text(`expected from now on: ${safe(whoWords(added))}\n`);
  return 0;
}

/** The work of withdrawExpected, over an open workspace. */
async function withdraw(call: Call, recon: ReconWorkspace, options: AddOptions): Promise<ExitStatus> {
  const { print } = call;
  const { source = [], role, target = [], port, why } = options;
  const taken = await writeDown(call, 'expectation.changed', aboutContacts('withdraw', options), (before) =>
    recon.noLongerExpect(
      { sources: source, role, targets: target, port },
      { ...whoActs(why, call.process.env), before },
    ),
  );
  if (print.json)
    await print.value({ schema: 'tidemark/expectation/1', expectation: expectationJson(taken) });
  else await print.text(`no longer expected: ${safe(whoWords(taken))}\n`);
  return 0;
}

function aboutContacts(subject: string, { why, source = [], role, target = [], port }: AddOptions) {
  return { subject, why, details: { source, role: role ?? null, target, port: port ?? null } };
}

function whoWords({ sources, role }: ListedExpectation): string {
  return [...(role === undefined ? [] : [`role ${role}`]), ...sources].join(', ');
}

function expectationJson({ since, role, port, ...rest }: ListedExpectation): Record<string, unknown> {
  return {
    ...rest,
    role: role ?? null,
    port: port ?? null,
    since: since === undefined ? null : formatInstant(since),
  };
}
