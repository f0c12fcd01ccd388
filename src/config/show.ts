import type { LoadedConfig } from './load.ts';
import type { KeyPath } from './read-yaml.ts';
import { formatKeyPath, isSecret, schemasAt } from './schema-tree.ts';

/** One key of the configuration in effect. */
export interface Setting {
  /** Dotted: `exposure.vantage`. */
  readonly key: string;
  /** The value, or `(secret)` in its place. */
  readonly value: unknown;
  /** `tidemark.yaml:3:12`, `TIDEMARK_VANTAGE`, `--data-dir`, `default`. */
  readonly origin: string;
  /** The sentence that its section gives it; empty inside lists. */
  readonly description: string;
}

/** Every key in effect with its origin, secrets masked. */
export function listSettings(loaded: LoadedConfig): readonly Setting[] {
  const settings: Setting[] = [];
  const visit = (value: unknown, path: KeyPath): void => {
    const inner = isSecret(path) ? [] : entriesOf(value);
    if (inner.length > 0) {
      for (const [step, item] of inner) visit(item, [...path, step]);
      return;
    }
    if (value === undefined) return;
    settings.push({
      key: formatKeyPath(path),
      value: isSecret(path) ? '(secret)' : value,
      origin: loaded.originOf(path),
      description: schemasAt(path).find((node) => node.description !== undefined)?.description ?? '',
    });
  };
  visit(loaded.config, []);
  return settings;
}

function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const);
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  return [];
}
