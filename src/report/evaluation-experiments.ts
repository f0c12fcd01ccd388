import type { StretchResult } from '../evaluate/stretch.ts';
import type { PartTotals } from '../evaluate/totals.ts';
import { renderTable, type TableCell, type TableOptions } from './table.ts';

/** Found and false alarms of each detector at each sampling rate: `18 + 0`. */
export function sampledTable(totals: PartTotals, options: TableOptions): string {
  const cell = (found: number, falseAlarms: number): string => `${found} + ${falseAlarms}`;
  const names = [...new Set(totals.sampled.flatMap((one) => one.peers.map((peer) => peer.name)))];
  const rows: TableCell[][] = [
    [
      { text: 'tidemark', tone: 'strong' },
      cell(totals.scannersFound, totals.falseAlarms),
      ...totals.sampled.map((one) => cell(one.found, one.falseAlarms)),
    ],
    ...names.map((name) => {
      const whole = totals.peers.find((peer) => peer.name === name);
      return [
        name,
        whole === undefined ? '-' : cell(whole.found, whole.falseAlarms),
        ...totals.sampled.map((one) => {
          const peer = one.peers.find((row) => row.name === name);
          return peer === undefined ? '-' : cell(peer.found, peer.falseAlarms);
        }),
      ];
    }),
  ];
  return renderTable(
    [
      { title: 'found + false alarms' },
      { title: 'all packets', align: 'right' },
      ...totals.sampled.map((one) => ({ title: `1:${one.rate}`, align: 'right' as const })),
    ],
    rows,
    options,
  );
}

/** The slowest interval of each detector and shape, in seconds. */
export function stretchTable(results: readonly StretchResult[], options: TableOptions): string {
  const shapes = [...new Set(results.map((result) => result.shape))];
  const detectors = [...new Set(results.map((result) => result.detector))];
  const rows = detectors.map((detector): TableCell[] => [
    detector,
    ...shapes.map((shape) => {
      const result = results.find((one) => one.detector === detector && one.shape === shape);
      if (result?.slowest === undefined) return 'never';
      return result.holes.length === 0
        ? `${result.slowest} s`
        : `${result.slowest} s (not ${result.holes.join(', ')})`;
    }),
  ]);
  return renderTable(
    [{ title: 'detector' }, ...shapes.map((shape) => ({ title: shape, align: 'right' as const }))],
    rows,
    options,
  );
}
