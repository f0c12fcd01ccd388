import * as z from 'zod';
import {
  ApproveBody,
  Baseline,
  BaselineDiffQuery,
  BaselineParameters,
  LearnBody,
  Learned,
  VersionBody,
  VersionMade,
} from './baseline.ts';
import { PageQuery, type TokenRole } from './fields.ts';
import {
  EvidencePage,
  FindingDetail,
  FindingId,
  FindingsPage,
  FindingsQuery,
  JudgeBody,
  Judged,
  VerifyBody,
  VerifyStarted,
} from './findings.ts';
import { HostAnomaly, HostDetail, HostParameters, HostsPage, HostsQuery } from './hosts.ts';
import {
  AuditPage,
  AuditQuery,
  DeadLettersPage,
  QueryAnswer,
  QueryBody,
  QueryViews,
  RequeueBody,
  Requeued,
  Settings,
  SinkParameters,
  Sinks,
  SinkTested,
  Status,
} from './operations.ts';
import { Posture, PostureQuery } from './posture.ts';
import {
  ApproveRoleBody,
  EpisodeDetail,
  EpisodeId,
  EpisodesPage,
  EpisodesQuery,
  RejectRoleBody,
  RoleRow,
  RolesPage,
  Sensors,
} from './recon.ts';
import {
  DiffPage,
  DiffQuery,
  ScanDetail,
  ScanHostsPage,
  ScanHostsQuery,
  ScanParameters,
  ScansPage,
  ScansQuery,
} from './scans.ts';
import { AuthorisedScansPage, AuthorisedScansQuery, Schedules, SchedulesQuery, Scope } from './scanning.ts';
import { Session, SessionBody, TokenBody, TokenMade, TokenParameters, Tokens } from './session.ts';

/** What everything below is served under. */
export const API_BASE = '/api/v1';

/** One route of the API: what it takes and what it gives. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below API_BASE, with `:name` for parameters. */
  readonly path: string;
  /** The least role that may; `anyone` needs no token. */
  readonly role: TokenRole | 'anyone';
  readonly summary: string;
  readonly parameters?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Status of the answer when all went well. */
  readonly status: 200 | 201 | 202 | 204;
  /** A document, or what the bytes are. */
  readonly response: z.ZodType | 'bytes' | 'events' | 'nothing';
}

const findingParameters = z.object({ id: FindingId });
const episodeParameters = z.object({ id: EpisodeId });

/** Every route, by its name. */
export const routes = {
  'posture.show': {
    method: 'GET',
    path: '/posture',
    role: 'viewer',
    summary: 'How the network stands, with its trend.',
    query: PostureQuery,
    status: 200,
    response: Posture,
  },
  'findings.list': {
    method: 'GET',
    path: '/findings',
    role: 'viewer',
    summary: 'Findings of both halves, a page at a time, with counts for each filter.',
    query: FindingsQuery,
    status: 200,
    response: FindingsPage,
  },
  'findings.show': {
    method: 'GET',
    path: '/findings/:id',
    role: 'viewer',
    summary: 'Everything about one finding.',
    parameters: findingParameters,
    status: 200,
    response: FindingDetail,
  },
  'findings.evidence': {
    method: 'GET',
    path: '/findings/:id/evidence',
    role: 'viewer',
    summary: 'What it rests on: observations of scans, or the records of telemetry.',
    parameters: findingParameters,
    query: PageQuery,
    status: 200,
    response: EvidencePage,
  },
  'findings.judge': {
    method: 'POST',
    path: '/findings/judgements',
    role: 'analyst',
    summary: 'Say what is to be made of findings.',
    body: JudgeBody,
    status: 200,
    response: Judged,
  },
  'findings.verify': {
    method: 'POST',
    path: '/findings/:id/verify',
    role: 'analyst',
    summary: 'Look again at the ports of a finding, by an authorised scan.',
    parameters: findingParameters,
    body: VerifyBody,
    status: 202,
    response: VerifyStarted,
  },
  'hosts.list': {
    method: 'GET',
    path: '/hosts',
    role: 'viewer',
    summary: 'Every host that was ever seen, a page at a time.',
    query: HostsQuery,
    status: 200,
    response: HostsPage,
  },
  'hosts.show': {
    method: 'GET',
    path: '/hosts/:address',
    role: 'viewer',
    summary: 'One host: now, over time, its findings, and who scanned it.',
    parameters: HostParameters,
    status: 200,
    response: HostDetail,
  },
  'hosts.anomaly': {
    method: 'GET',
    path: '/hosts/:address/anomaly',
    role: 'viewer',
    summary: 'What the anomaly model says of a host in the newest scan that saw it.',
    parameters: HostParameters,
    status: 200,
    response: HostAnomaly,
  },
  'scans.list': {
    method: 'GET',
    path: '/scans',
    role: 'viewer',
    summary: 'Scans, newest first.',
    query: ScansQuery,
    status: 200,
    response: ScansPage,
  },
  'scans.show': {
    method: 'GET',
    path: '/scans/:id',
    role: 'viewer',
    summary: 'One scan: what it asked, what it covered, how it was assessed.',
    parameters: ScanParameters,
    status: 200,
    response: ScanDetail,
  },
  'scans.hosts': {
    method: 'GET',
    path: '/scans/:id/hosts',
    role: 'viewer',
    summary: 'The hosts of a scan, in address order.',
    parameters: ScanParameters,
    query: ScanHostsQuery,
    status: 200,
    response: ScanHostsPage,
  },
  'scans.raw': {
    method: 'GET',
    path: '/scans/:id/raw',
    role: 'viewer',
    summary: 'The file of a scan, byte for byte, as an attachment.',
    parameters: ScanParameters,
    status: 200,
    response: 'bytes',
  },
  'diff.show': {
    method: 'GET',
    path: '/diff',
    role: 'viewer',
    summary: 'What differs between two scans, or a baseline and a scan, host by host.',
    query: DiffQuery,
    status: 200,
    response: DiffPage,
  },
  'baseline.list': {
    method: 'GET',
    path: '/baseline',
    role: 'viewer',
    summary: 'Versions of what is expected, and which is in force.',
    status: 200,
    response: Baseline,
  },
  'baseline.diff': {
    method: 'GET',
    path: '/baseline/:version/diff',
    role: 'viewer',
    summary: 'In what a scan departs from a version: what would be approved.',
    parameters: BaselineParameters,
    query: BaselineDiffQuery,
    status: 200,
    response: DiffPage,
  },
  'baseline.learn': {
    method: 'POST',
    path: '/baseline/learn',
    role: 'analyst',
    summary: 'Learn a new version from scans.',
    body: LearnBody,
    status: 201,
    response: Learned,
  },
  'baseline.approve': {
    method: 'POST',
    path: '/baseline/approve',
    role: 'analyst',
    summary: 'Make a new version in which hosts and ports are expected as a scan saw them.',
    body: ApproveBody,
    status: 201,
    response: VersionMade,
  },
  'baseline.pin': {
    method: 'POST',
    path: '/baseline/pin',
    role: 'analyst',
    summary: 'Put a version in force.',
    body: VersionBody,
    status: 200,
    response: VersionMade,
  },
  'baseline.rollback': {
    method: 'POST',
    path: '/baseline/rollback',
    role: 'analyst',
    summary: 'Make a new version with the content of an old one, and put it in force.',
    body: VersionBody,
    status: 201,
    response: VersionMade,
  },
  'episodes.list': {
    method: 'GET',
    path: '/episodes',
    role: 'viewer',
    summary: 'Who scanned, newest first.',
    query: EpisodesQuery,
    status: 200,
    response: EpisodesPage,
  },
  'episodes.show': {
    method: 'GET',
    path: '/episodes/:id',
    role: 'viewer',
    summary: 'One episode: likelihood, timeline, pictures, tools.',
    parameters: episodeParameters,
    status: 200,
    response: EpisodeDetail,
  },
  'episodes.evidence': {
    method: 'GET',
    path: '/episodes/:id/evidence',
    role: 'viewer',
    summary: 'The records behind an episode, oldest first.',
    parameters: episodeParameters,
    query: PageQuery,
    status: 200,
    response: EvidencePage,
  },
  'campaigns.list': {
    method: 'GET',
    path: '/campaigns',
    role: 'viewer',
    summary: 'Episodes of several sources that belong together, newest first.',
    query: EpisodesQuery,
    status: 200,
    response: EpisodesPage,
  },
  'roles.list': {
    method: 'GET',
    path: '/roles',
    role: 'viewer',
    summary: 'What machines are: configured, approved, learned.',
    query: PageQuery,
    status: 200,
    response: RolesPage,
  },
  'roles.approve': {
    method: 'POST',
    path: '/roles/approve',
    role: 'analyst',
    summary: 'Put a role in force for an address block.',
    body: ApproveRoleBody,
    status: 200,
    response: RoleRow,
  },
  'roles.reject': {
    method: 'POST',
    path: '/roles/reject',
    role: 'analyst',
    summary: 'Take a role back, or refuse a learned one.',
    body: RejectRoleBody,
    status: 200,
    response: RoleRow,
  },
  'authorised-scans.list': {
    method: 'GET',
    path: '/authorised-scans',
    role: 'viewer',
    summary: 'Our own scans, past and running.',
    query: AuthorisedScansQuery,
    status: 200,
    response: AuthorisedScansPage,
  },
  'schedules.list': {
    method: 'GET',
    path: '/schedules',
    role: 'viewer',
    summary: 'When scans are made, and what became of them.',
    query: SchedulesQuery,
    status: 200,
    response: Schedules,
  },
  'scope.show': {
    method: 'GET',
    path: '/scope',
    role: 'viewer',
    summary: 'What may be scanned, when and how hard.',
    status: 200,
    response: Scope,
  },
  'sensors.list': {
    method: 'GET',
    path: '/sensors',
    role: 'viewer',
    summary: 'Where telemetry comes from, and what cannot be seen.',
    status: 200,
    response: Sensors,
  },
  'audit.list': {
    method: 'GET',
    path: '/audit',
    role: 'admin',
    summary: 'Who did what, newest first, and whether the chain of hashes holds.',
    query: AuditQuery,
    status: 200,
    response: AuditPage,
  },
  'sinks.list': {
    method: 'GET',
    path: '/sinks',
    role: 'viewer',
    summary: 'Where findings are sent, and what became of them.',
    status: 200,
    response: Sinks,
  },
  'sinks.dead': {
    method: 'GET',
    path: '/sinks/dead',
    role: 'viewer',
    summary: 'Messages that were given up.',
    query: PageQuery,
    status: 200,
    response: DeadLettersPage,
  },
  'sinks.test': {
    method: 'POST',
    path: '/sinks/:name/test',
    role: 'admin',
    summary: 'Send a harmless finding to one sink.',
    parameters: SinkParameters,
    status: 200,
    response: SinkTested,
  },
  'sinks.requeue': {
    method: 'POST',
    path: '/sinks/dead/requeue',
    role: 'admin',
    summary: 'Make a message that was given up due again.',
    body: RequeueBody,
    status: 200,
    response: Requeued,
  },
  'settings.show': {
    method: 'GET',
    path: '/settings',
    role: 'admin',
    summary: 'The configuration in effect, secrets withheld.',
    status: 200,
    response: Settings,
  },
  'status.show': {
    method: 'GET',
    path: '/status',
    role: 'viewer',
    summary: 'How each part of the program is doing.',
    status: 200,
    response: Status,
  },
  'session.show': {
    method: 'GET',
    path: '/session',
    role: 'viewer',
    summary: 'Who is asking, and what they may.',
    status: 200,
    response: Session,
  },
  'session.begin': {
    method: 'POST',
    path: '/session',
    role: 'anyone',
    summary: 'Exchange a token for a cookie.',
    body: SessionBody,
    status: 201,
    response: Session,
  },
  'session.end': {
    method: 'DELETE',
    path: '/session',
    role: 'anyone',
    summary: 'End the session of the cookie.',
    status: 204,
    response: 'nothing',
  },
  'tokens.list': {
    method: 'GET',
    path: '/tokens',
    role: 'admin',
    summary: 'Tokens that were ever made, without their secrets.',
    status: 200,
    response: Tokens,
  },
  'tokens.create': {
    method: 'POST',
    path: '/tokens',
    role: 'admin',
    summary: 'Make a token; its secret is shown this once.',
    body: TokenBody,
    status: 201,
    response: TokenMade,
  },
  'tokens.revoke': {
    method: 'DELETE',
    path: '/tokens/:id',
    role: 'admin',
    summary: 'Revoke a token at once.',
    parameters: TokenParameters,
    status: 204,
    response: 'nothing',
  },
  'query.ask': {
    method: 'POST',
    path: '/query',
    role: 'analyst',
    summary: 'Read-only SQL over the documented views.',
    body: QueryBody,
    status: 200,
    response: QueryAnswer,
  },
  'query.views': {
    method: 'GET',
    path: '/query/views',
    role: 'viewer',
    summary: 'The views that a query can read.',
    status: 200,
    response: QueryViews,
  },
  'events.follow': {
    method: 'GET',
    path: '/events',
    role: 'viewer',
    summary: 'What changes, as server-sent events.',
    status: 200,
    response: 'events',
  },
} as const satisfies Readonly<Record<string, Route>>;

type Routes = typeof routes;
/** The name of a route. */
export type RouteName = keyof Routes;

type Part<N extends RouteName, K extends 'parameters' | 'query' | 'body'> = Routes[N] extends {
  readonly [P in K]: infer S extends z.ZodType;
}
  ? S
  : undefined;

/** What a caller gives: parameters of the path, of the query, and the body. */
export interface RequestOf<N extends RouteName> {
  readonly parameters: Part<N, 'parameters'> extends z.ZodType ? z.input<Part<N, 'parameters'>> : undefined;
  readonly query: Part<N, 'query'> extends z.ZodType ? z.input<Part<N, 'query'>> : undefined;
  readonly body: Part<N, 'body'> extends z.ZodType ? z.input<Part<N, 'body'>> : undefined;
}

/** The same as the server has it, defaults filled in. */
export interface CheckedRequestOf<N extends RouteName> {
  readonly parameters: Part<N, 'parameters'> extends z.ZodType ? z.output<Part<N, 'parameters'>> : undefined;
  readonly query: Part<N, 'query'> extends z.ZodType ? z.output<Part<N, 'query'>> : undefined;
  readonly body: Part<N, 'body'> extends z.ZodType ? z.output<Part<N, 'body'>> : undefined;
}

/** The document that a route answers with; `undefined` for those that answer with none. */
export type ResponseOf<N extends RouteName> = Routes[N]['response'] extends z.ZodType
  ? z.output<Routes[N]['response']>
  : undefined;
