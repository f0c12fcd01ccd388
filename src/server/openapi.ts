import * as z from 'zod';
import { Problem } from '../api/fields.ts';
import { API_BASE, routes, type Route } from '../api/routes.ts';
import { cookieName } from './gate.ts';

/** A part of the document. */
type Json = Readonly<Record<string, unknown>>;

/** What the bytes of an answer are that is no document. */
const MEDIA = { bytes: 'application/octet-stream', events: 'text/event-stream' } as const;

/** The whole API as an OpenAPI 3.1 document: made of the very schemas that check requests and strip answers. */
export function openApiDocument(): Json {
  const components = new Components();
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries(routes as Readonly<Record<string, Route>>)) {
    const path = `${API_BASE}${route.path}`.replaceAll(/:([a-z]+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(name, route, components);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version: '1',
      description:
        'The API of `tidemark serve`. Readers must ignore fields they do not know: fields are added within a version, never changed or removed. Texts of findings, hosts and records quote what was scanned and seen: treat them as hostile.',
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Made by `tidemark token create`.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieName(true),
          description: `Begun by POST ${API_BASE}/session; without TLS it is called ${cookieName(false)}.`,
        },
      },
      schemas: components.schemas,
    },
  };
}

function operationOf(name: string, route: Route, components: Components): Json {
  const { role, response, status, body } = route;
  return {
    operationId: name,
    tags: [name.slice(0, name.indexOf('.'))],
    summary: route.summary,
    description: role === 'anyone' ? 'Needs no token.' : `Needs the role ${role}.`,
    security: role === 'anyone' ? [] : [{ token: [] }, { session: [] }],
    parameters: [
      ...parametersOf(route.parameters, 'path', components),
      ...parametersOf(route.query, 'query', components),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: components.of(body, 'input') } },
          },
        }),
    responses: {
      [status]: {
        description: response === 'nothing' ? 'Done.' : route.summary,
        ...(response === 'nothing'
          ? {}
          : {
              content:
                typeof response === 'string'
                  ? { [MEDIA[response]]: { schema: { type: 'string' } } }
                  : { 'application/json': { schema: components.of(response, 'output') } },
            }),
      },
      default: {
        description: 'What went wrong, after RFC 9457.',
        content: { 'application/problem+json': { schema: components.of(Problem, 'output') } },
      },
    },
  };
}

function parametersOf(
  schema: z.ZodType | undefined,
  where: 'path' | 'query',
  components: Components,
): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = components.of(schema, 'input') as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...parameter }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: parameter,
  }));
}

/** JSON Schemas of the document; those with a name are said once. */
class Components {
  readonly schemas: Record<string, unknown> = {};

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const made = z.toJSONSchema(schema, {
      io,
      override: ({ jsonSchema }) => {
        // The patterns zod writes for times are 300 characters of leap years; the format says the same.
        if (jsonSchema.format === 'date-time' || jsonSchema.format === 'date') delete jsonSchema.pattern;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        // Of an answer it would forbid the fields that later versions add.
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
      },
    });
    const { $schema: _, $defs = {}, ...rest } = made;
    const { id, ...whole } = JSON.parse(
      JSON.stringify({ ...rest, $defs }).replaceAll('"#/$defs/', '"#/components/schemas/'),
    ) as Record<string, unknown>;
    const { $defs: named, ...own } = whole as { readonly $defs: Readonly<Record<string, Json>> };
    for (const [name, { id: _id, ...component }] of Object.entries(named)) this.schemas[name] = component;
    if (typeof id !== 'string') return own;
    this.schemas[id] = own;
    return { $ref: `#/components/schemas/${id}` };
  }
}
