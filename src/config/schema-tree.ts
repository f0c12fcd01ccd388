import { z } from 'zod';
import { configSchema } from './config.ts';
import type { KeyPath } from './read-yaml.ts';

/** The part of JSON Schema that our sections come out as. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  /** Set in a section with `.meta({ secret: true })`: the value is never printed. */
  readonly secret?: boolean;
}

let tree: SchemaNode | undefined;

/** The configuration's shape, as the JSON Schema that zod derives from the sections. */
export function schemaTree(): SchemaNode {
  tree ??= z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' }) as SchemaNode;
  return tree;
}

/** Every schema that could apply at the path: several where a section has alternatives. */
export function schemasAt(path: KeyPath): readonly SchemaNode[] {
  let nodes: readonly SchemaNode[] = alternatives(schemaTree());
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      const next = typeof step === 'number' ? node.items : ownProperty(node.properties, step);
      return next === undefined ? [] : alternatives(next);
    });
  }
  return nodes;
}

/** The keys that a mapping at the path may have. */
export function keysAt(path: KeyPath): readonly string[] {
  return [...new Set(schemasAt(path).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** Whether a value at the path must not be printed: it or anything around it is marked secret. */
export function isSecret(path: KeyPath): boolean {
  return path.some((_, index) => schemasAt(path.slice(0, index + 1)).some((node) => node.secret === true));
}

/** Every key path of the configuration without list items, dotted: `exposure.vantage`. */
export function allKeys(node: SchemaNode = schemaTree(), prefix = ''): readonly string[] {
  return alternatives(node).flatMap((alternative) =>
    Object.entries(alternative.properties ?? {}).flatMap(([key, child]) => [
      `${prefix}${key}`,
      ...allKeys(child, `${prefix}${key}.`),
    ]),
  );
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  const branches = [...(node.oneOf ?? []), ...(node.anyOf ?? [])];
  return branches.length === 0 ? [node] : [node, ...branches.flatMap(alternatives)];
}

function ownProperty<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** `exposure.networks[0].prefix`. */
export function formatKeyPath(path: KeyPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}
