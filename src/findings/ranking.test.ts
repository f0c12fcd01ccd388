import { expect, test } from 'vitest';
import { episode, exposed as open } from '../../test/written/source-activity.ts';
import { exposed } from '../../test/sinks/sample.ts';
import { rank } from '../recon/correlate/rank.ts';
import { toFinding } from '../recon/correlate/to-finding.ts';
import type { Episode } from '../recon/model/episode.ts';
import { parseIpAddress } from '../net/ip-address.ts';
import type { Finding } from './finding.ts';
import { compareFindings } from './ranking.ts';

/** What a scan of 10.0.0.9 is as a finding, ranked by what it came to. */
function scanned(more: Partial<Episode>): Finding {
  const outside = { internal: false, sources: [parseIpAddress('198.51.100.7')!], ...more };
  return toFinding({ ...episode(outside), ...rank(episode(outside)) });
}
const target = (isNew?: 'new') => [...open(['10.0.0.9', 8080, isNew]).exposed.values()];
const tried = [
  {
    step: 'exploit-attempt' as const,
    destination: parseIpAddress('10.0.0.9')!,
    at: episode().last,
    source: parseIpAddress('198.51.100.7')!,
    text: '',
  },
];
const gotIn = [{ ...tried[0]!, step: 'session' as const }];

test.each<{ why: string; first: Finding; second: Finding }>([
  {
    why: 'somebody got in, before a critical service that nobody touched',
    first: scanned({ transition: gotIn, exposed: target() }),
    second: exposed({ severity: 'critical', score: 40 }),
  },
  {
    why: 'a critical service that nobody touched, before an attempt',
    first: exposed({ severity: 'critical', score: 40 }),
    second: scanned({ transition: tried, exposed: target() }),
  },
  {
    why: 'an attempt at a known service, before one elsewhere',
    first: scanned({ transition: tried, exposed: target() }),
    second: scanned({ transition: tried }),
  },
  {
    why: 'an attempt, before a scan of what opened yesterday',
    first: scanned({ transition: tried }),
    second: scanned({ exposed: target('new') }),
  },
  {
    why: 'a scan of what opened yesterday, before a high service that nobody touched',
    first: scanned({ exposed: target('new') }),
    second: exposed({ severity: 'high', score: 40 }),
  },
  {
    why: 'a scan of what opened yesterday, before one of what our scans call critical',
    first: scanned({ exposed: target('new') }),
    second: scanned({ exposed: target().map((one) => ({ ...one, severity: 'critical' as const })) }),
  },
  {
    why: 'a scan of what our scans call critical, before one from inside of what is open',
    first: scanned({ exposed: target().map((one) => ({ ...one, severity: 'critical' as const })) }),
    second: scanned({ exposed: target(), internal: true }),
  },
  {
    why: 'a high service that nobody touched, before a scan from outside of what is open',
    first: exposed({ severity: 'high', score: 20 }),
    second: scanned({ exposed: target() }),
  },
  {
    why: 'a scan from outside of what is open, before a medium service that nobody touched',
    first: scanned({ exposed: target() }),
    second: exposed({ severity: 'medium', score: 40 }),
  },
  {
    why: 'a medium service, before a scan that found nothing open',
    first: exposed({ severity: 'medium', score: 10 }),
    second: scanned({}),
  },
  {
    why: 'anything that asks for somebody, before background',
    first: exposed({ severity: 'low', score: 1 }),
    second: scanned({ noise: true }),
  },
])('$why', ({ first, second }) => {
  expect([second, first].toSorted(compareFindings).map(({ title }) => title)).toEqual([
    first.title,
    second.title,
  ]);
});
