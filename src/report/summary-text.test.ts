import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  criticalExposure,
  firstRun,
  hugeNetwork,
  officeDrift,
  quietRun,
} from '../../test/fixtures/summaries.ts';
import { summaryText } from './summary-text.ts';

const text = (make: () => ReturnType<typeof quietRun>) => summaryText(make(), { colour: false });

describe('summaryText', () => {
  test('a quiet run is five lines', () => {
    expect(text(quietRun)).toBe(
      [
        'LOW RISK  4/100   confidence 1.00 (good)',
        'Nothing to review. 12 of 256 hosts up, 54 open ports. Nothing changed that this run could see.',
        'Run 3f9ac21e7b04d865 of 2026-11-22 03:00 UTC: nmap 7.95, profile exposure, from office.',
        'Compared with baseline 7: what was normal in 14 earlier scans.',
        'Not seen: UDP was not scanned.',
        '',
      ].join('\n'),
    );
  });

  test.each([
    {
      why: 'a first run says that it is one',
      make: firstRun,
      says: [
        'HIGH RISK  68/100   confidence 0.54 (fair)',
        'Compared with nothing.',
        '2 findings to review on 1 of 3 hosts up.',
      ],
    },
    {
      why: 'drift: what, since when, how unusual, where to look',
      make: officeDrift,
      says: [
        ' 1. HIGH      Remote Desktop appeared on a workstation – 10.20.0.83 (ws-083.corp.example), 3389/tcp',
        '3389/tcp (ms-wbt-server) is open, since 2026-11-20 03:00 UTC.',
        'open on 1 of 46 hosts; in 0 of 31 earlier scans that covered it',
        'run 3f9ac21e7b04d865: open (syn-ack) ms-wbt-server',
        '10.20.0.201, 10.20.0.202, 10.20.0.203, 10.20.0.204 and 2 more, 23/tcp',
        'What changed since baseline 7',
        '  - 10.20.0.31: 445/tcp was open and is filtered now (not comparable)',
        'Blind spots',
      ],
    },
    {
      why: 'an interrupted run says what that means',
      make: criticalExposure,
      says: [
        'CRITICAL RISK  94/100',
        'What it did not reach is unknown, not gone.',
        'What changed since 2026-11-21 03:00 UTC',
      ],
    },
    {
      why: 'a /16: a change of 2,048 hosts is one line',
      make: () => hugeNetwork(),
      says: [
        '10.40.0.3, 10.40.0.35, 10.40.0.67, 10.40.0.99 and 2,044 more: 3389/tcp opened',
        'and 495 more; 65,036 hosts at no higher risk are left out',
      ],
    },
    {
      why: 'subnets, where there is more than one',
      make: () => hugeNetwork(512),
      says: [
        'Subnets most at risk',
        '10.40.0.0/24  medium     69    256  16 high, 8 medium, 232 low  Remote Desktop is open',
        '10.40.1.0/24  medium     69    256',
      ],
    },
  ])('$why', ({ make, says }) => {
    for (const sentence of says) expect(text(make)).toContain(sentence);
  });

  test('in full, every score is explained, and words are', () => {
    const short = summaryText(hugeNetwork(512), { colour: false });
    const full = summaryText(hugeNetwork(512), { colour: false, full: true });
    for (const sentence of [
      'How the scores add up',
      '  - 10.40.0.0/24: 67 the worst host, 10.40.0.3, +2 ',
      'the worst 26 of 256 hosts carry ',
      'baseline: what is normal here',
    ]) {
      expect(full).toContain(sentence);
      expect(short).not.toContain(sentence);
    }
  });

  test('what is concentrated in a subnet is said of it', () => {
    const summary = hugeNetwork(512);
    const told = { rule: 'r', title: 'Telnet', severity: 'low', hosts: 4, ofHosts: 5 } as const;
    const subnets = summary.subnets.map((subnet, index) => ({
      ...subnet,
      concentrated: index === 0 ? [told] : [],
    }));
    expect(summaryText({ ...summary, subnets }, { colour: false })).toContain(
      '10.40.0.0/24: 4 of 5 hosts with “Telnet” are here.',
    );
  });

  test.each([72, 80, 100, 160])('no line is wider than %i columns', (width) => {
    for (const make of [quietRun, firstRun, officeDrift, criticalExposure, () => hugeNetwork(512)]) {
      const lines = summaryText(make(), { colour: false, width }).split('\n');
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
    }
  });

  test('colour changes nothing but colour', () => {
    const coloured = summaryText(officeDrift(), { colour: true });
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(text(officeDrift));
  });

  test('the first screen leaves out what is long, full does not', () => {
    expect(text(() => hugeNetwork()).split('\n').length).toBeLessThan(70);
    const full = summaryText(hugeNetwork(512), { colour: false, full: true });
    expect(full).not.toContain('more');
    expect(full).toContain('10.40.1.251');
  });

  test('changes are said even when nothing is to review', () => {
    const summary = { ...quietRun(), changes: officeDrift().changes.slice(3, 4) };
    const output = summaryText(summary, { colour: false });
    expect(output).toContain('Nothing to review. 12 of 256 hosts up, 54 open ports.');
    expect(output).toContain('~ 10.20.0.11: 22/tcp OpenSSH 9.2p1 is now 9.6p1');
    expect(output).not.toContain('Nothing changed');
  });
});

test('colour takes nothing away and adds nothing, the explained words included', () => {
  for (const full of [false, true]) {
    const coloured = summaryText(officeDrift(), { colour: true, full });
    expect(stripVTControlCharacters(coloured)).toBe(summaryText(officeDrift(), { colour: false, full }));
  }
});
