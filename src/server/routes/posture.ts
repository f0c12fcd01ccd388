import type { Posture } from '../../api/posture.ts';
import { formatInstant } from '../../time/instant.ts';
import type { Context, Handlers } from '../handlers.ts';
import { hostRow } from '../wire/hosts.ts';
import { episodeRow } from '../wire/recon.ts';
import { assessmentOf } from '../wire/scans.ts';
import { partOf } from './operations.ts';

/** Hosts and episodes that the first page shows. */
const SHOWN = 10;

/** How the network stands. */
export function postureRoutes(context: Context): Handlers<'posture.show'> {
  return { 'posture.show': ({ query: { days } }) => postureOf(context, Number(days)) };
}

async function postureOf({ workspace, clock, status }: Context, days: number): Promise<Posture> {
  const [counts, trend, hosts, episodes, assessments, sinks] = await Promise.all([
    workspace.findings.counts(),
    workspace.findings.trend(days),
    workspace.hosts.page({ filter: { severity: 'info' }, sort: 'risk', limit: SHOWN }),
    workspace.episodes.page({ filter: { standing: 'review' }, limit: SHOWN }),
    workspace.newestAssessments(1),
    workspace.sinks.list(),
  ]);
  const [assessment] = assessments;
  const run = assessment === undefined ? undefined : await workspace.findRun(assessment.run);
  return {
    at: formatInstant(clock()),
    assessment: assessment === undefined ? null : assessmentOf(assessment),
    openPorts: run?.openPorts ?? 0,
    hostsUp: run?.hostsUp ?? 0,
    findings: {
      byState: { ...counts.state },
      openBySeverity: { ...counts.open },
      openByHalf: { ...counts.openByHalf },
    },
    trend: trend.map(({ day, open, fresh, resolved, reopened }) => ({
      day: formatInstant(day).slice(0, 10),
      open: { ...open },
      fresh,
      resolved,
      reopened,
    })),
    topHosts: hosts.items.map(hostRow),
    recentEpisodes: episodes.items.map(episodeRow),
    parts: status().parts.map(partOf),
    sinks: {
      pending: sinks.reduce((sum, { pending }) => sum + pending, 0),
      dead: sinks.reduce((sum, { dead }) => sum + dead, 0),
      failing: sinks
        .filter(({ failing }) => failing > 0)
        .map(({ name, pending, why }) => ({ name, pending, why })),
    },
  };
}
