import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../fault/fault.ts';
import { configSchema, type Config } from './config.ts';
import { OVERRIDES } from './environment.ts';
import { explainIssue, type Outside } from './explain.ts';
import { interpolate, type Sources } from './interpolate.ts';
import { CONFIG_NAME, defaultDataDir, locateConfig, type Located, type Surroundings } from './locate.ts';
import { ConfigFault, type ConfigProblem } from './problem.ts';
import { readYaml, type KeyPath, type YamlFile } from './read-yaml.ts';
import { formatKeyPath, schemasAt } from './schema-tree.ts';

/** What the command line says about the configuration. */
export interface ConfigArguments extends Surroundings {
  /** `--config`. */
  readonly config?: string;
  /** `--data-dir`. */
  readonly dataDir?: string;
}

/** The configuration in effect, and where it came from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly located: Located;
  /** Where the value at a key path came from, in words: `tidemark.yaml:3:12`, `TIDEMARK_VANTAGE`, `default`. */
  readonly originOf: (path: KeyPath) => string;
}

/**
 * Finds, reads, fills in and checks the configuration. Throws a ConfigFault that holds every
 * problem, or a Fault `config/missing` or `config/unreadable`.
 */
export function loadConfig(asked: ConfigArguments): LoadedConfig {
  const located = locateConfig(asked.config, asked);
  const yaml = located.file === undefined ? undefined : readConfigFile(located.file);
  const draft = fillIn(yaml, located, asked);
  const parsed = configSchema.safeParse(draft.value);
  const refused = {
    file: located.file ?? CONFIG_NAME,
    yaml,
    value: draft.value,
    outside: (path: KeyPath) => draft.outside.get(formatKeyPath(path)),
  };
  // A value that could not be filled in is not judged as well.
  const known = new Set(draft.problems.map(({ where }) => where.field));
  const problems = [
    ...draft.problems,
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => explainIssue(issue, refused))).filter(
      ({ where }) => !known.has(where.field),
    ),
  ].toSorted(byPosition);
  const [first, ...others] = problems;
  if (first !== undefined) throw new ConfigFault([first, ...others]);
  if (!parsed.success) throw parsed.error;
  return {
    config: inEffect(parsed.data, draft, located, asked),
    located,
    originOf: (path) => origin(path, draft, yaml, located, asked),
  };
}

function byPosition(a: ConfigProblem, b: ConfigProblem): number {
  return (a.where.line ?? 0) - (b.where.line ?? 0) || (a.where.column ?? 0) - (b.where.column ?? 0);
}

function readConfigFile(file: string): YamlFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault(
      'config/unreadable',
      `the configuration file cannot be read: ${reason}`,
      'Make it a file that this user may read.',
      { file },
      { cause },
    );
  }
  const yaml = readYaml(bytes, file);
  if ('problems' in yaml) throw new ConfigFault(yaml.problems);
  return yaml;
}

interface Draft {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Dotted key path → what its value came from, for values that are not literally in the file. */
  readonly outside: ReadonlyMap<string, Outside>;
}

/** The file's value with references replaced and the environment's overrides on top. */
function fillIn(yaml: YamlFile | undefined, located: Located, { env }: Surroundings): Draft {
  const problems: ConfigProblem[] = [];
  const outside = new Map<string, Outside>();
  const base = dirname(located.file ?? '.');
  const sources: Sources = { env, readFile: (path) => readFileSync(resolve(base, path), 'utf8') };
  const walk = (value: unknown, path: KeyPath): unknown => {
    if (typeof value === 'string') {
      const found = interpolate(value, sources);
      if (!found.ok) {
        problems.push({
          code: 'config/reference',
          message: found.message,
          fix: found.fix,
          where: {
            ...(located.file === undefined ? {} : { file: located.file }),
            ...yaml?.valueAt(path),
            field: formatKeyPath(path),
          },
        });
        return value;
      }
      if (!found.replaced) return value;
      outside.set(formatKeyPath(path), { kind: 'reference' });
      return asExpected(found.text, path);
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]),
      );
    }
    return value;
  };
  // An empty file, or one of comments only, is a mapping without keys.
  let value = walk(yaml?.value ?? {}, []);
  for (const { name, path } of OVERRIDES) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    outside.set(formatKeyPath(path), { kind: 'variable', name });
    value = withValue(value, path, asExpected(text, path));
  }
  return { value, problems, outside };
}

/** Text from outside as the number or boolean that the schema wants there; otherwise as it is. */
function asExpected(text: string, path: KeyPath): unknown {
  const types = new Set(schemasAt(path).map((node) => node.type));
  if (types.has('string')) return text;
  if ((types.has('number') || types.has('integer')) && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (types.has('boolean') && /^(?:true|false)$/.test(text)) return text === 'true';
  return text;
}

/** A copy with the value put at the path; what is no mapping on the way is left for the schema to refuse. */
function withValue(tree: unknown, [step, ...rest]: KeyPath, value: unknown): unknown {
  if (step === undefined) return value;
  if (tree !== undefined && (typeof tree !== 'object' || tree === null || Array.isArray(tree))) return tree;
  const mapping = (tree ?? {}) as Readonly<Record<string, unknown>>;
  return { ...mapping, [step]: withValue(mapping[String(step)], rest, value) };
}

/** Paths become absolute: those of the file against its folder, those of the command line and environment against the working directory. */
function inEffect(parsed: Config, draft: Draft, located: Located, asked: ConfigArguments): Config {
  const base = located.file === undefined ? asked.cwd : dirname(located.file);
  const fromFile = (path: string): string => resolve(base, path);
  const { store, exposure, recon, scope, schedules, sinks, alerts, audit, serve, server } = parsed;
  const dataDir = dataDirOf(store.dataDir, draft, located, asked);
  return {
    store: {
      ...store,
      dataDir,
      tls: Object.fromEntries(
        Object.entries(store.tls).map(([key, path]) => [key, path === undefined ? path : fromFile(path)]),
      ),
    },
    exposure: {
      ...exposure,
      policy: exposure.policy.map(fromFile),
      // A bare name is looked for in PATH.
      nmap: exposure.nmap.includes('/') ? fromFile(exposure.nmap) : exposure.nmap,
    },
    recon: {
      ...recon,
      ledger: recon.ledger.map(fromFile),
      ...(recon.asn === undefined ? {} : { asn: fromFile(recon.asn) }),
    },
    scope,
    schedules,
    sinks: sinks.map((sink) => ({
      ...sink,
      ...(sink.path === undefined ? {} : { path: fromFile(sink.path) }),
      ...(sink.ca === undefined ? {} : { ca: fromFile(sink.ca) }),
      ...(sink.cert === undefined ? {} : { cert: fromFile(sink.cert) }),
      ...(sink.key === undefined ? {} : { key: fromFile(sink.key) }),
    })),
    alerts,
    audit: { file: has(draft.value, ['audit', 'file']) ? fromFile(audit.file) : join(dataDir, audit.file) },
    serve: {
      ...serve,
      ...(serve.socket === undefined ? {} : { socket: fromFile(serve.socket) }),
      drop: {
        ...serve.drop,
        ...(serve.drop.folder === undefined ? {} : { folder: fromFile(serve.drop.folder) }),
      },
      watch: serve.watch.map((one) => ({ ...one, paths: one.paths.map(fromFile) })),
    },
    server: {
      ...server,
      tls: Object.fromEntries(
        Object.entries(server.tls).map(([key, path]) => [key, path === undefined ? path : fromFile(path)]),
      ),
    },
  };
}

function dataDirOf(written: string, draft: Draft, located: Located, asked: ConfigArguments): string {
  if (asked.dataDir !== undefined) return resolve(asked.cwd, asked.dataDir);
  if (draft.outside.get('store.dataDir')?.kind === 'variable') return resolve(asked.cwd, written);
  if (!has(draft.value, ['store', 'dataDir'])) return defaultDataDir(located, asked.env);
  return resolve(located.file === undefined ? asked.cwd : dirname(located.file), written);
}

function origin(
  path: KeyPath,
  draft: Draft,
  yaml: YamlFile | undefined,
  located: Located,
  asked: ConfigArguments,
): string {
  const key = formatKeyPath(path);
  if (key === 'store.dataDir' && asked.dataDir !== undefined) return '--data-dir';
  const outside = draft.outside.get(key);
  if (outside?.kind === 'variable') return outside.name;
  if (yaml === undefined || located.file === undefined || !has(yaml.value, path)) return 'default';
  const { line, column } = yaml.valueAt(path);
  return `${located.file}:${line}:${column}${outside === undefined ? '' : ', through a reference'}`;
}

function has(value: unknown, path: KeyPath): boolean {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return false;
    current = (current as Record<string | number, unknown>)[step];
  }
  return true;
}
