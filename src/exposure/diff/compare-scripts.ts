import type { Script, ScriptElement, ScriptTable } from '../model/host.ts';
import { volatility, type VolatileScript } from './volatile-scripts.ts';

type Item = ScriptTable | ScriptElement;

/** Two sides of a script that differ; undefined on the side that does not have it. */
export interface ScriptTurn {
  readonly id: string;
  readonly before: Script | undefined;
  readonly after: Script | undefined;
}

/** Whether two results of one script say the same, volatile parts apart. */
export function sameScript(a: Script, b: Script): boolean {
  if (a === b || (a.output === b.output && (a.items === undefined) === (b.items === undefined))) {
    // Equal text with items on both sides still has to have equal items: text can be cut short.
    if (a.items === undefined || b.items === undefined || a.items === b.items) return true;
  }
  const rule = volatility(a.id);
  if (rule?.whole === true) return true;
  if (a.items !== undefined && b.items !== undefined && a.items.length + b.items.length > 0) {
    return structure(a.items, rule) === structure(b.items, rule);
  }
  return text(a.output, rule) === text(b.output, rule);
}

/**
 * What differs between two lists of results. The n-th result of an id is held against the n-th
 * of the same id. With depth `shared`, a result that only one side has says nothing.
 */
export function compareScripts(
  a: readonly Script[],
  b: readonly Script[],
  depth: 'all' | 'shared',
): ScriptTurn[] {
  if (a.length === 0 && b.length === 0) return [];
  const turns: ScriptTurn[] = [];
  const left = groupById(a);
  const right = groupById(b);
  for (const id of [...new Set([...left.keys(), ...right.keys()])].toSorted()) {
    const before = left.get(id) ?? [];
    const after = right.get(id) ?? [];
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      const x = before[index];
      const y = after[index];
      if (x !== undefined && y !== undefined ? sameScript(x, y) : depth === 'shared') continue;
      turns.push({ id, before: x, after: y });
    }
  }
  return turns;
}

function groupById(scripts: readonly Script[]): Map<string, Script[]> {
  const groups = new Map<string, Script[]>();
  for (const script of scripts) {
    const group = groups.get(script.id);
    if (group === undefined) groups.set(script.id, [script]);
    else group.push(script);
  }
  return groups;
}

/** Structured output as one text, with volatile keys left out and rows sorted where their order means nothing. */
function structure(items: readonly Item[], rule: VolatileScript | undefined): string {
  const parts: string[] = [];
  for (const item of items) {
    if (item.key !== undefined && rule?.keys?.includes(item.key) === true) continue;
    const value = 'items' in item ? structure(item.items, rule) : JSON.stringify(item.value);
    parts.push(`${item.key === undefined ? '' : JSON.stringify(item.key)}=${value}`);
  }
  if (rule?.unordered === true) parts.sort();
  return `{${parts.join(',')}}`;
}

function text(output: string, rule: VolatileScript | undefined): string {
  let result = output;
  for (const pattern of rule?.text ?? []) result = result.replace(pattern, '');
  const rows = result
    .split(/\r?\n/)
    .map((row) => row.trim())
    .filter((row) => row !== '');
  if (rule?.unordered === true) {
    return rows
      .map((row) => row.split(/\s+/).toSorted().join(' '))
      .toSorted()
      .join('\n');
  }
  return rows.join('\n');
}
