import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Host } from '../model/host.ts';
import { ReachBuilder, wasTried, type RunReach } from './missing-host.ts';

const host = (address: string, typed?: string): Host => ({
  address: address as IpAddress,
  otherAddresses: [],
  status: { state: 'up' },
  hostnames: typed === undefined ? [] : [{ name: typed, type: 'user' }],
  ports: [],
  extraports: [],
  os: [],
  scripts: [],
  timedOut: false,
});

interface Run {
  readonly args: string;
  readonly total?: number;
  readonly status?: 'complete' | 'interrupted';
  readonly hosts?: readonly Host[];
}

function reach({ args, total, status = 'complete', hosts = [] }: Run): RunReach {
  const builder = new ReachBuilder();
  for (const listed of hosts) builder.add(listed);
  return builder.finish({
    args,
    status,
    ...(total === undefined ? {} : { hosts: { up: hosts.length, down: total - hosts.length, total } }),
  });
}

const gone = host('10.0.0.5');
const named = host('10.0.0.5', 'db.example');

describe('wasTried', () => {
  test.each<{ why: string; missing: Run; present?: Run; of?: Host; want: boolean }>([
    {
      why: '1: an interrupted run',
      missing: { args: 'nmap 10.0.0.0/24', status: 'interrupted' },
      want: false,
    },
    { why: '2: no command line', missing: { args: '' }, want: false },
    { why: '2: no targets', missing: { args: 'nmap -p 1-100', total: 0 }, want: false },
    { why: '3: excluded', missing: { args: 'nmap 10.0.0.0/24 --exclude 10.0.0.5' }, want: false },
    { why: '4: another discovery', missing: { args: 'nmap -PE 10.0.0.0/24' }, want: false },
    {
      why: '4: more discovery',
      missing: { args: 'nmap -PE -PS22 10.0.0.0/24' },
      present: { args: 'nmap -PE 10.0.0.0/24' },
      want: true,
    },
    { why: '4: no ping at all', missing: { args: 'nmap -Pn 10.0.0.0/24' }, want: true },
    {
      why: '4: taken for up without asking',
      missing: { args: 'nmap 10.0.0.0/24' },
      present: { args: 'nmap -Pn 10.0.0.0/24' },
      want: false,
    },
    { why: '5: in the block', missing: { args: 'nmap 10.0.0.0/24' }, want: true },
    { why: '5: not in the block', missing: { args: 'nmap 10.0.9.0/24' }, want: false },
    { why: '5: exclusions out of sight', missing: { args: 'nmap 10.0.0.0/24 --excludefile x' }, want: false },
    {
      why: '6: by name, and one target is not listed',
      missing: { args: 'nmap db.example', total: 1 },
      of: named,
      want: true,
    },
    {
      why: '6: by name, and all targets are listed',
      missing: { args: 'nmap db.example', total: 1, hosts: [host('10.0.0.9')] },
      of: named,
      want: false,
    },
    {
      why: '6: the name has moved',
      missing: { args: 'nmap db.example x.example', total: 2, hosts: [host('10.0.0.9', 'db.example')] },
      of: named,
      want: false,
    },
    {
      why: '7: the same list and total',
      missing: { args: 'nmap -iL hosts.txt -oX b', total: 9 },
      present: { args: 'nmap -iL hosts.txt -oX a', total: 9, hosts: [gone] },
      want: true,
    },
    {
      why: '7: the list has grown',
      missing: { args: 'nmap -iL hosts.txt', total: 10 },
      present: { args: 'nmap -iL hosts.txt', total: 9 },
      want: false,
    },
    {
      why: '7: random targets are never the same',
      missing: { args: 'nmap -iR 9', total: 9 },
      present: { args: 'nmap -iR 9', total: 9 },
      want: false,
    },
    {
      why: '8: another list',
      missing: { args: 'nmap -iL other.txt', total: 9 },
      present: { args: 'nmap -iL hosts.txt', total: 9 },
      want: false,
    },
  ])('$why', ({ missing, present = { args: 'nmap 10.0.0.0/24' }, of = gone, want }) => {
    expect(wasTried(reach(missing), reach(present), of)).toBe(want);
  });
});
