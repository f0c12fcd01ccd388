import type { API_BASE, RequestOf, ResponseOf, RouteName, routes } from '../../api/routes.ts';
import type { Problem } from '../../api/fields.ts';

const BASE: typeof API_BASE = '/api/v1';

type Routes = typeof routes;
type Given<N extends RouteName> = {
  readonly [K in keyof RequestOf<N> as RequestOf<N>[K] extends undefined ? never : K]: RequestOf<N>[K];
};

/** What the server refused or could not do, in its words. `status` 0: it was not reached. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly fix: string;
  readonly problem: Partial<Problem> | undefined;
  constructor(status: number, problem: Partial<Problem> | undefined, words?: string) {
    super(words ?? problem?.detail ?? problem?.title ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem?.code ?? (status === 0 ? 'offline' : `http-${status}`);
    this.fix = problem?.fix ?? '';
    this.problem = problem;
  }
}

/** Told when the server no longer knows who asks. */
let onSignedOut: () => void = () => undefined;

/** Sets what is done when a request is answered with 401. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

function pathOf(
  template: string,
  parameters: Readonly<Record<string, unknown>>,
  query: Readonly<Record<string, unknown>>,
): string {
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(parameters[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== '') search.append(name, String(each));
  const text = search.toString();
  return `${BASE}${path}${text === '' ? '' : `?${text}`}`;
}

/**
 * Asks one route of the API; method and path are held to the contract by their types. Throws a Refusal, or the
 * AbortError of `signal`.
 */
export async function ask<N extends RouteName>(
  _name: N,
  method: Routes[N]['method'],
  path: Routes[N]['path'],
  given: Given<N>,
  signal?: AbortSignal,
): Promise<ResponseOf<N>> {
  const { parameters, query, body } = given as {
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly query?: Readonly<Record<string, unknown>>;
    readonly body?: unknown;
  };
  let response: Response;
  try {
    response = await fetch(pathOf(path, parameters ?? {}, query ?? {}), {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Refusal(
      0,
      { fix: 'Is tidemark serve running, and is the network up?' },
      'The server cannot be reached.',
    );
  }
  if (response.status === 204) return undefined as ResponseOf<N>;
  const document: unknown = await response.json().catch(() => undefined);
  if (response.ok) return document as ResponseOf<N>;
  if (response.status === 401) onSignedOut();
  throw new Refusal(response.status, document as Partial<Problem> | undefined);
}

/** Address of a file that the API gives as it is, for links. */
export function rawScanPath(id: string): string {
  return pathOf('/scans/:id/raw' satisfies Routes['scans.raw']['path'], { id }, {});
}
