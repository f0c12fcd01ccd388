import type { AnomalyItem, AnomalySummary } from '../../findings/anomaly.ts';
import type { LearningStage, SurpriseCount, SurpriseItem } from '../model/surprise.ts';
import { count, number } from './reliability.ts';

/** What a stage of learning means for a reader (`assessment.md`, "Cold start, said aloud"). */
export const STAGE_WORDS: Readonly<Record<LearningStage, string>> = {
  'first-scan':
    'This is the first scan: hosts are only compared with each other, so the list shows the odd ones out and raises no alert.',
  young: 'Fewer than four scans were learned: the list is ranked by fixed weights and raises no alert.',
  learned:
    'About ten scans of one kind are needed before alerts can keep to a budget: the list is ranked and raises no alert.',
  calibrated: 'Enough scans were learned: alerts keep to the budget.',
};

/** An item in words, with its counts. Attacker-written parts inside: escape. */
export function itemWords(item: SurpriseItem): AnomalyItem {
  const counts = item.counts.map(countWords).filter((words) => words !== '');
  const text = [headOf(item), ...counts].filter((words) => words !== '').join('; ');
  return { text, value: item.value, ports: item.ports };
}

function headOf({ channel, ports, counts, before = '', after = '' }: SurpriseItem): string {
  const where = ports.join(', ');
  switch (channel) {
    case 'new-port':
      return `${where} is open for the first time`;
    case 'missing-port':
      // At the first scan nothing was ever seen to be open.
      return `${where} is ${counts.some(({ of }) => of === 'absences') ? 'no longer' : 'not'} open`;
    case 'service':
    case 'product':
    case 'version':
      return `the ${channel} on ${where} changed${fromTo(before, after)}`;
    case 'os':
      return `the operating system looks different${fromTo(before, after)}`;
    case 'new-host':
      return before === ''
        ? 'this host was never seen before'
        : `another host answers here${fromTo(before, after)}`;
    case 'combination':
      return `${where} stand together on one host`;
    case 'drift':
      return ports.length === 0
        ? 'ports were added step by step'
        : `${where} ${ports.length === 1 ? 'was' : 'were'} added step by step`;
    case 'history':
      return 'what is usual for any host with as long a history';
    case 'feedback':
      return `what people said of similar alerts${after === '' ? '' : ` (${after})`}`;
    case 'announced':
      return `announced${after === '' ? '' : ` by ${after}`}`;
    default:
      return channel satisfies never;
  }
}

function fromTo(before: string, after: string): string {
  if (before === '' && after === '') return '';
  return ` from ${before === '' ? 'nothing' : before} to ${after === '' ? 'nothing' : after}`;
}

function countWords({ of, seen, among }: SurpriseCount): string {
  const part = `${number(seen)} of ${number(among)}`;
  switch (of) {
    case 'scans':
      return among === 0 ? '' : `in ${part} earlier scans that could see it`;
    case 'peers':
      return among === 0 ? 'no comparable hosts are known' : `${part} comparable hosts have it`;
    case 'network':
      return `${part} hosts of the network have it`;
    case 'subnet':
      return `${part} in this subnet`;
    case 'same-today':
      return seen === 0
        ? 'no other host shows the same today'
        : `${count(seen, 'other host shows', 'other hosts show')} the same today`;
    case 'host-scans':
      return among === 0 ? '' : `seen ${number(seen)} in ${number(among)} looks at a host`;
    case 'absences':
      return `absent ${number(seen)} ${seen === 1 ? 'time' : 'times'} in a row`;
    case 'drift-steps':
      return `${number(seen)} steps in ${number(among)} scans`;
    default:
      return of satisfies never;
  }
}

/** How the environment itself has changed, where it has. */
export function driftWords(drift: {
  readonly rate: number;
  readonly usual: number;
  readonly scans: number;
}): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return `More hosts than usual are unusual (${percent(drift.rate)} against ${percent(drift.usual)}) in the last ${drift.scans} scans: the network itself has changed, and the model adapts as it learns.`;
}

/** The stage with its meaning, for the summary. */
export function stageOf(stage: LearningStage): AnomalySummary['stage'] {
  return { name: stage, means: STAGE_WORDS[stage] };
}
