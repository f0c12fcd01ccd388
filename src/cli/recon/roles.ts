import type { ListedRole, ReconWorkspace } from '../../assembly/recon-workspace.ts';
import type { Role } from '../../recon/model/episode.ts';
import { renderTable } from '../../report/table.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import { writeDown } from '../audit.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { whoActs } from '../who.ts';
import { withRecon } from '../with-recon.ts';

/** `tidemark roles` */
export function listRoles(call: Call): Promise<ExitStatus> {
  return withRecon(call, (recon) => list(call, recon));
}

/** `tidemark roles approve` */
export function approveRole(call: Call, network: string, role: Role, why: string): Promise<ExitStatus> {
  return withRecon(call, (recon) => approve(call, recon, network, role, why));
}

/** `tidemark roles reject` */
export function rejectRole(call: Call, network: string, why: string): Promise<ExitStatus> {
  return withRecon(call, (recon) => reject(call, recon, network, why));
}

/** The work of listRoles, over an open workspace. */
export async function list(call: Call, recon: ReconWorkspace): Promise<ExitStatus> {
  const { print } = call;
  const roles = await recon.listRoles();
  if (print.json) {
    await print.value({ schema: 'tidemark/roles/1', roles: roles.map(roleJson) });
    return 0;
  }
  if (roles.length === 0) {
    print.note('no roles yet; they are learned from telemetry, or set in recon.roles');
    return 0;
  }
  await print.text(
    renderTable(
      [
        { title: 'NETWORK', min: 12 },
        { title: 'ROLE', min: 8 },
        { title: 'HOW', min: 10 },
        { title: 'SINCE', min: 10 },
        { title: 'WHY', overflow: 'wrap', min: 20 },
      ],
      roles.map((role) => [
        role.network,
        role.role,
        role.rejected ? { text: 'rejected', tone: 'quiet' as const } : role.how,
        role.since === undefined ? undefined : formatMinute(role.since).slice(0, 10),
        `${role.why}${role.by === '' ? '' : ` (${role.by})`}`,
      ]),
      { width: print.width, paint: print.paint },
    ),
  );
  return 0;
}

/** The work of approveRole, over an open workspace. */
export async function approve(
  call: Call,
  recon: ReconWorkspace,
  network: string,
  role: Role,
  why: string,
): Promise<ExitStatus> {
  const approved = await writeDown(
    call,
    'role.changed',
    { subject: network, why, details: { role } },
    (before) => recon.approveRole(network, role, { ...whoActs(why, call.process.env), before }),
  );
  return told(call, approved, `${approved.network} is ${approved.role} from now on`);
}

/** The work of rejectRole, over an open workspace. */
export async function reject(
  call: Call,
  recon: ReconWorkspace,
  network: string,
  why: string,
): Promise<ExitStatus> {
  const rejected = await writeDown(
    call,
    'role.changed',
    { subject: network, why, details: { role: null } },
    (before) => recon.rejectRole(network, { ...whoActs(why, call.process.env), before }),
  );
  return told(call, rejected, `${rejected.network} is no longer taken for ${rejected.role}`);
}

async function told({ print }: Call, role: ListedRole, sentence: string): Promise<ExitStatus> {
  if (print.json) await print.value({ schema: 'tidemark/role/1', role: roleJson(role) });
  else await print.text(`${safe(sentence)}\n`);
  return 0;
}

function roleJson({ since, ...rest }: ListedRole): Record<string, unknown> {
  return { ...rest, since: since === undefined ? null : formatInstant(since) };
}
