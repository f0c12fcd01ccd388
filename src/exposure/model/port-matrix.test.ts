import { expect, test } from 'vitest';
import { writtenHost, writtenRun, type WrittenPort } from '../../../test/written/scan-run.ts';
import { portMatrix } from './port-matrix.ts';

const sighting = (week: number, ...ports: readonly WrittenPort[]) => {
  const host = writtenHost('10.0.0.1', ports);
  return { info: writtenRun(week, [host]).info, host };
};

test('a cell for what a run lists of a port, with the service by its place', () => {
  const nginx = (version: string): WrittenPort => ({
    port: '443/tcp',
    service: { name: 'http', tunnel: 'ssl', product: 'nginx', version },
  });
  const { runs, ports, services, cells, leftOut } = portMatrix([
    sighting(1, '22/tcp', nginx('1.22')),
    sighting(2, { port: '22/tcp', state: 'filtered' }, nginx('1.24')),
  ]);
  expect(runs.map(({ run, status }) => [run.slice(-1), status])).toEqual([
    ['1', 'up'],
    ['2', 'up'],
  ]);
  expect(ports).toEqual(['22/tcp', '443/tcp']);
  expect(services).toEqual(['ssh', 'ssl/http nginx 1.22', 'ssl/http nginx 1.24']);
  expect(cells).toEqual([
    { run: 0, port: 0, state: 'open', service: 0 },
    { run: 0, port: 1, state: 'open', service: 1 },
    { run: 1, port: 0, state: 'filtered', service: 0 },
    { run: 1, port: 1, state: 'open', service: 2 },
  ]);
  expect(leftOut).toEqual({ runs: 0, ports: 0 });
});

test('bounded: the newest runs, the ports that were open most often; and it says what is not there', () => {
  const sightings = [
    sighting(1, '80/tcp'),
    sighting(2, '22/tcp', '443/tcp'),
    sighting(
      3,
      '22/tcp',
      '443/tcp',
      { port: '80/tcp', state: 'closed' },
      { port: '23/tcp', state: 'closed' },
    ),
  ];
  const { runs, ports, leftOut } = portMatrix(sightings, { runs: 2, ports: 2 });
  expect(runs.map(({ run }) => run.slice(-1))).toEqual(['2', '3']);
  expect(ports).toEqual(['22/tcp', '443/tcp']);
  expect(leftOut).toEqual({ runs: 1, ports: 2 });
});
