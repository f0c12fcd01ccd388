import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import { readCommandLine, targetsName } from './command-line.ts';

describe('readCommandLine', () => {
  test.each([
    { why: 'plain', line: 'nmap 10.0.0.1', want: {} },
    {
      why: 'versions by themselves',
      line: 'nmap -sV 10.0.0.1',
      want: { versions: true, scripts: ['version'] },
    },
    {
      why: 'letters together',
      line: 'nmap -sSV -n 10.0.0.1',
      want: { versions: true, names: false, scripts: ['version'] },
    },
    {
      why: '-A is four things',
      line: 'nmap -A 10.0.0.1',
      want: { versions: true, os: true, scripts: ['default', 'version'] },
    },
    {
      why: 'scripts with an equals sign',
      line: 'nmap --script=vuln,http-title 10.0.0.1',
      want: { scripts: ['http-title', 'vuln'] },
    },
    { why: 'scripts as the next word', line: 'nmap --script vuln 10.0.0.1', want: { scripts: ['vuln'] } },
    { why: 'single-dash long option', line: 'nmap -script=vuln 10.0.0.1', want: { scripts: ['vuln'] } },
    { why: 'no ping, old spelling', line: 'nmap -P0 10.0.0.1', want: { discovery: ['-Pn'] } },
    {
      why: 'discovery options',
      line: 'nmap -PS22,80 -PE 10.0.0.1',
      want: { discovery: ['-PE', '-PS22,80'] },
    },
    { why: '-oX takes a value that looks like a target', line: 'nmap -oX 10.0.0.9 10.0.0.1', want: {} },
    { why: 'attached values', line: 'nmap -p80 -T4 -oX- 10.0.0.1', want: {} },
    { why: 'underscores in options', line: 'nmap --min_rate 100 10.0.0.1', want: {} },
    { why: 'quoted values', line: 'nmap -oX "my scan.xml" 10.0.0.1', want: {} },
  ])('$why', ({ line, want }) => {
    const read = readCommandLine(line);
    const { versions, os, names, scripts, discovery } = read;
    expect({ versions, os, names, scripts, discovery }).toEqual({
      versions: false,
      os: false,
      names: true,
      scripts: [],
      discovery: [],
      ...want,
    });
    expect(targetsName(read.targets, '10.0.0.1' as IpAddress)).toBe(true);
    expect(targetsName(read.targets, '10.0.0.9' as IpAddress)).toBe(false);
  });

  test('says when there is none', () => {
    expect(readCommandLine('').empty).toBe(true);
  });
});

describe('targetsName', () => {
  test.each([
    { why: 'a block', line: 'nmap 10.0.0.0/24', address: '10.0.0.77', want: true },
    { why: 'outside the block', line: 'nmap 10.0.0.0/24', address: '10.0.1.77', want: false },
    { why: 'octet ranges', line: 'nmap 10.0-3.*.1,5-7', address: '10.2.99.6', want: true },
    { why: 'outside octet ranges', line: 'nmap 10.0-3.*.1,5-7', address: '10.2.99.8', want: false },
    { why: 'an open range', line: 'nmap 10.0.0.-9', address: '10.0.0.3', want: true },
    { why: 'IPv6 block', line: 'nmap -6 2001:db8::/64', address: '2001:db8::5', want: true },
    {
      why: 'excluded',
      line: 'nmap 10.0.0.0/24 --exclude 10.0.0.4,10.0.0.77',
      address: '10.0.0.77',
      want: false,
    },
    {
      why: 'exclusions in a file',
      line: 'nmap 10.0.0.0/24 --excludefile x',
      address: '10.0.0.77',
      want: undefined,
    },
    {
      why: 'exclusions by name',
      line: 'nmap 10.0.0.0/24 --exclude db.example',
      address: '10.0.0.77',
      want: undefined,
    },
    { why: 'a list in a file', line: 'nmap -iL hosts.txt', address: '10.0.0.77', want: false },
    { why: 'a name', line: 'nmap scanme.nmap.org', address: '10.0.0.77', want: false },
    { why: 'an octet too large is a name', line: 'nmap 10.0.0.256', address: '10.0.0.0', want: false },
  ])('$why', ({ line, address, want }) => {
    expect(targetsName(readCommandLine(line).targets, address as IpAddress)).toBe(want);
  });
});
