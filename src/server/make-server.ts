import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchema,
} from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { API_BASE, routes, type Route, type RouteName } from '../api/routes.ts';
import type { AnswerTopic } from '../assembly/workspace.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { BrowserSessions } from './browser-sessions.ts';
import { EventStream } from './event-stream.ts';
import { addressKey, changesSomething, cookieName, Gate, type Caller } from './gate.ts';
import type { Context, Exchange } from './handlers.ts';
import { serveDashboard } from './dashboard.ts';
import { openApiDocument } from './openapi.ts';
import { KeptAnswers } from './kept-answers.ts';
import type { PartStatus, ServerOptions } from './options.ts';
import { problemOf, Refused, refusal, type Refusal } from './problem.ts';
import { baselineRoutes } from './routes/baseline.ts';
import { findingRoutes } from './routes/findings.ts';
import { hostRoutes } from './routes/hosts.ts';
import { operationRoutes } from './routes/operations.ts';
import { postureRoutes } from './routes/posture.ts';
import { reconRoutes } from './routes/recon.ts';
import { scanningRoutes } from './routes/scanning.ts';
import { scanRoutes } from './routes/scans.ts';
import { sensorRoutes } from './routes/sensors.ts';
import { sessionRoutes } from './routes/session.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; undefined on routes that anyone may use. */
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** The route of the contract; undefined for files and what watches over the process. */
    contract?: Route;
  }
}

/** Certificate and private key, PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Octets of a request's body: a thousand identifiers and a note are a tenth of it. */
const MOST_BODY = 1 << 20;
/** Requests without a valid token from one address in a minute; more are refused with 429 instead of 401. */
const MOST_FAILURES = 60;
/** Milliseconds for a whole request to come in: whoever drips bytes does not hold a connection for ever. */
const REQUEST_TIMEOUT = 60_000;

/** Seconds for which an answer stands that holds more than what is stored, the time for one: as long as a list may be behind. */
const SECONDS = 10;

/**
 * Routes whose answer is the same for everybody who may ask, and costs the store some statements: what it is read from,
 * and for how many seconds it stands while nothing is written there. Without a topic: for a moment.
 */
const ALIKE: Readonly<
  Partial<Record<RouteName, readonly [topic: AnswerTopic | undefined, seconds: number]>>
> = {
  // The states of parts are in it.
  'posture.show': ['posture', 5],
  'findings.list': ['findings', Infinity],
  'findings.show': ['finding', SECONDS],
  'hosts.list': ['hosts', Infinity],
  'hosts.show': ['host', Infinity],
  'scans.list': ['scans', Infinity],
  'scans.show': ['scan', Infinity],
  'scans.hosts': ['scan', Infinity],
  'baseline.list': ['baselines', SECONDS],
  'episodes.list': ['episodes', Infinity],
  'episodes.show': ['episode', SECONDS],
  'campaigns.list': ['episodes', Infinity],
  'schedules.list': [undefined, 0],
  'status.show': [undefined, 0],
};
/** Octets of answers that are kept. */
const KEPT_ANSWERS = 32 << 20;

/** Everything from elsewhere is forbidden; the dashboard brings all that it needs. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
};

/**
 * The API and the dashboard as a Fastify instance that does not listen yet. Every route of the contract is there, behind
 * the gate: which host was meant, who asks, what they may, how often.
 */
export async function makeServer(options: ServerOptions, tls?: TlsFiles): Promise<FastifyInstance> {
  const { workspace, config, clock, feed } = options;
  const app = Fastify({
    bodyLimit: MOST_BODY,
    requestTimeout: REQUEST_TIMEOUT,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => {
      void answerError(error, request, reply);
    },
    ...(tls === undefined ? {} : { https: { ...tls, minVersion: 'TLSv1.2' as const } }),
  }) as unknown as FastifyInstance;
  const closing = new AbortController();
  const sessions = new BrowserSessions(clock, config.server.sessionHours * 3_600e6);
  const gate = new Gate({
    tokens: workspace.tokens,
    sessions,
    tls: tls !== undefined,
    names: config.server.names,
  });
  const context: Context = {
    ...options,
    audit: new AuditLog(config.audit.file, clock),
    gate,
    sessions,
    events: new EventStream(feed, randomBytes(6).toString('hex'), config.server.streams),
    tls: tls !== undefined,
    closing: closing.signal,
  };
  app.addHook('preClose', async () => {
    closing.abort();
    context.events.close();
  });

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // Only JSON comes in: a form of another page cannot send that without asking first.
  app.removeContentTypeParser('text/plain');
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    strictTransportSecurity: tls === undefined ? false : { maxAge: 31_536_000, includeSubDomains: false },
  });
  await app.register(rateLimit, { global: false });
  const failures = app.createRateLimit({
    max: MOST_FAILURES,
    timeWindow: '1 minute',
    keyGenerator: ({ ip }) => addressKey(ip),
  });
  const requests = app.createRateLimit({
    max: config.server.requestsPerMinute,
    timeWindow: '1 minute',
    keyGenerator: ({ caller, ip }) => caller?.token ?? addressKey(ip),
  });

  app.decorateRequest('caller', undefined);
  app.addHook('onRequest', async (request, reply) => {
    gate.checkHost(request);
    const { contract } = request.routeOptions.config;
    if (contract === undefined) return;
    reply.header('cache-control', 'no-store');
    if (contract.role === 'anyone') {
      if (changesSomething(contract))
        gate.checkOrigin(request, request.cookies[cookieName(tls !== undefined)] !== undefined);
      return;
    }
    const caller = await gate.identify(request);
    request.caller = caller;
    const limit = await requests(request);
    if (!limit.isAllowed && limit.isExceeded) {
      reply.header('retry-after', limit.ttlInSeconds);
      throw tooMany();
    }
    // A page of another origin can send a cookie along, but no Authorization header without being allowed to.
    if (caller.via === 'session' && changesSomething(contract)) gate.checkOrigin(request, true);
    gate.checkRole(caller, contract.role);
  });

  app.addHook('onResponse', async (request, reply) => {
    const { url, config: route } = request.routeOptions;
    options.onAnswer?.({
      method: request.method,
      route: route.contract === undefined || url === undefined ? 'other' : url,
      status: reply.statusCode,
      milliseconds: reply.elapsedTime,
    });
  });

  async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    let problem: Refusal = invalidOf(error) ?? problemOf(error);
    if ('inside' in problem && problem.inside === true)
      options.onError(error, `${request.method} ${request.routeOptions?.url ?? 'an unknown route'}`);
    if (problem.status === 401) {
      const limit = await failures(request);
      if (!limit.isAllowed && limit.isExceeded) {
        reply.header('retry-after', limit.ttlInSeconds);
        problem = tooMany().refusal;
      } else reply.header('www-authenticate', 'Bearer realm="tidemark"');
    }
    sendProblem(reply, problem);
  }
  app.setErrorHandler(answerError);
  serveApi(app, context);
  serveWatchers(app, context);
  const fallback = await serveDashboard(app, options.webRoot);
  app.setNotFoundHandler(async (request, reply) => {
    const allow = methodsOf(request.url);
    if (allow.length > 0) {
      reply.header('allow', allow.join(', '));
      sendProblem(
        reply,
        refusal(405, 'request/method', 'This method is not for this path.', `Use ${allow.join(' or ')}.`),
      );
    } else if (isApi(request.url) || !fallback(request, reply))
      sendProblem(
        reply,
        refusal(404, 'request/no-such-route', 'There is nothing here.', `See ${API_BASE}/openapi.json.`),
      );
    return reply;
  });
  await app.ready();
  return app;
}

/** Every route of the contract with its handler, and the document that describes them all. */
function serveApi(app: FastifyInstance, context: Context): void {
  const handlers = {
    ...postureRoutes(context),
    ...findingRoutes(context),
    ...hostRoutes(context),
    ...scanRoutes(context),
    ...baselineRoutes(context),
    ...reconRoutes(context),
    ...scanningRoutes(context),
    ...sensorRoutes(context),
    ...operationRoutes(context),
    ...sessionRoutes(context),
  } satisfies Readonly<Record<RouteName, unknown>>;
  const kept = new KeptAnswers(KEPT_ANSWERS);
  const unsubscribe = context.feed.subscribe(() => kept.told());
  app.addHook('onClose', async () => unsubscribe());
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    const handle = handlers[name] as unknown as (
      request: unknown,
      caller: Caller | undefined,
      exchange: Exchange,
    ) => Promise<unknown>;
    app.route({
      method: route.method,
      url: `${API_BASE}${route.path}`,
      schema: schemaOf(route),
      config: { contract: route },
      handler: async (request, reply) => {
        const { params: parameters, query, body, caller } = request;
        const work = (): Promise<unknown> => handle({ parameters, query, body }, caller, { request, reply });
        const alike = ALIKE[name];
        if (alike !== undefined) {
          const [topic, seconds] = alike;
          const state = async (): Promise<string | undefined> =>
            topic === undefined ? undefined : context.workspace.stateOf(topic);
          const octets = await kept.of(
            JSON.stringify([name, parameters, query]),
            { state, atMost: seconds * 1e3 },
            async () =>
              Buffer.from(
                reply.serializeInput(
                  (await work()) as Record<string, unknown>,
                  String(route.status),
                ) as string,
              ),
          );
          return reply.code(route.status).type('application/json; charset=utf-8').send(octets);
        }
        const answer = await work();
        if (changesSomething(route)) kept.told();
        // The stream of events has taken the answer over.
        if (reply.sent) return reply;
        reply.code(route.status);
        return route.response === 'nothing' ? reply.send() : answer;
      },
    });
  }
  const document = JSON.stringify(openApiDocument());
  app.get(`${API_BASE}/openapi.json`, async (_request, reply) =>
    reply.type('application/json').send(document),
  );
}

/** What a process manager and Prometheus ask. */
function serveWatchers(app: FastifyInstance, { status, metrics, gate }: Context): void {
  app.get('/healthz', async (_request, reply) => reply.type('text/plain').send('alive\n'));
  app.get('/readyz', async (_request, reply) => {
    const { ready, parts } = status();
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : notReady(parts));
  });
  app.get('/metrics', async (request, reply) => {
    gate.checkRole(await gate.identify(request), 'viewer');
    const { contentType, text } = await metrics();
    return reply.header('cache-control', 'no-store').type(contentType).send(text);
  });
}

/** Which parts are not up, to whoever asks: names and states, and where the rest is said. */
function notReady(parts: readonly PartStatus[]): string {
  const down = parts.filter(({ state }) => state !== 'running' && state !== 'waiting');
  const which =
    down.length === 0 ? 'it stops' : down.map(({ name, state }) => `${name} (${state})`).join(', ');
  return `not ready: ${which}\nWhy, and what to do: tidemark status\n`;
}

/** The schemas of a route as Fastify takes them: they check what comes in, and strip what goes out. */
function schemaOf(route: Route): FastifySchema {
  const { response, status } = route;
  return {
    ...(route.parameters === undefined ? {} : { params: route.parameters }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    ...(typeof response === 'string' ? {} : { response: { [status]: response } }),
  };
}

/** What is wrong with a request, part by part; undefined for other errors. */
function invalidOf(error: unknown): Refusal | undefined {
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined;
  const { validation, validationContext } = error as FastifyError;
  const fields = (validation ?? []).slice(0, 20).map(({ instancePath, message }) => ({
    field: `${validationContext ?? 'request'}${instancePath.replaceAll('/', '.')}`.slice(0, 200),
    message: (message ?? 'is not as it should be').slice(0, 300),
  }));
  return refusal(
    400,
    'request/invalid',
    'The request is not as the API has it.',
    `See ${API_BASE}/openapi.json.`,
    { fields },
  );
}

function sendProblem(reply: FastifyReply, { status, body }: Refusal): void {
  void reply
    .code(status)
    .header('cache-control', 'no-store')
    // What Fastify refuses before any hook ran has no other headers of ours.
    .header('x-content-type-options', 'nosniff')
    .type('application/problem+json')
    .serializer((problem: unknown) => JSON.stringify(problem))
    .send({ ...body, title: STATUS_CODES[status] ?? body.title });
}

function tooMany(): Refused {
  return new Refused(
    429,
    'access/too-many-requests',
    'Too many requests in this minute.',
    'Wait as long as Retry-After says.',
  );
}

function isApi(url: string): boolean {
  return /^\/api(?:[/?#]|$)/.test(url);
}

/** Methods that a path of the API has; none for paths that it does not have. */
function methodsOf(url: string): readonly string[] {
  const path = url.split('?', 1)[0] ?? '';
  const found = Object.values(routes as Readonly<Record<string, Route>>).filter((route) => {
    const pattern = `${API_BASE}${route.path}`.replaceAll('.', String.raw`\.`).replace(/:[a-z]+/g, '[^/]+');
    return new RegExp(`^${pattern}$`).test(path);
  });
  return [...new Set(found.map(({ method }) => method))].toSorted();
}
