import { describe, expect, test } from 'vitest';
import {
  criticalExposure,
  firstRun,
  hugeNetwork,
  officeDrift,
  quietRun,
} from '../../test/fixtures/summaries.ts';
import { summaryMarkdown } from './summary-markdown.ts';

describe('summaryMarkdown', () => {
  test.each([
    {
      why: 'quiet run',
      make: quietRun,
      says: ['## Low risk, 4/100', '**Nothing to review.**', 'Nothing changed that this run could see.'],
      never: ['### Key observations', '### Recommended actions', '| Host |'],
    },
    {
      why: 'first run',
      make: firstRun,
      says: ['Compared with nothing.', 'There is nothing to compare with yet.'],
      never: [],
    },
    {
      why: 'office drift',
      make: officeDrift,
      says: [
        '1. **HIGH** Remote Desktop appeared on a workstation – `10.20.0.83`, 3389/tcp (finding ',
        '     - evidence: `open (syn-ack) ms-wbt-server Microsoft Terminal Services`',
        '- `-` `10.20.0.31`: 445/tcp was open and is filtered now *(not comparable)*',
        '- [ ] Turn Telnet off in the settings of the printers.',
        '| `10.20.0.83` | `ws-083.corp.example` | high (71) | 4 | Remote Desktop appeared on a workstation |',
      ],
      never: [],
    },
    {
      why: 'several subnets',
      make: () => hugeNetwork(512),
      says: [
        '### Subnets most at risk',
        '| `10.40.0.0/24` | medium (69) | 256: 16 high, 8 medium, 232 low | Remote Desktop is open |',
        '- Score: 67 what was found = 67.',
      ],
      never: [],
    },
    { why: 'interrupted', make: criticalExposure, says: ['**The scan was interrupted.'], never: [] },
  ])('$why', ({ make, says, never }) => {
    const markdown = summaryMarkdown(make());
    for (const sentence of says) expect(markdown).toContain(sentence);
    for (const sentence of never) expect(markdown).not.toContain(sentence);
  });

  test('a /16 still fits a ticket', () => {
    // GitHub refuses bodies of more than 65,536 characters.
    expect(summaryMarkdown(hugeNetwork()).length).toBeLessThan(65_536);
  });
});
