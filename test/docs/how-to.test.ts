import { join } from 'node:path';
import type { Beforehand } from './before.ts';
import { docPages } from './pages.ts';
import { testPages } from './run-pages.ts';

/** Pages that begin where an earlier one ended; the others begin with an empty folder. */
const BEFOREHAND: Readonly<Record<string, Beforehand>> = {
  'docs/explanation/scan-source.md': 'both',
  'docs/how-to/announce-a-change.md': 'lab',
  'docs/how-to/back-up-and-restore.md': 'lab',
  'docs/how-to/host-history.md': 'both',
  'docs/how-to/own-rules.md': 'lab',
  'docs/how-to/splunk.md': 'lab',
  'docs/how-to/tune-false-alarms.md': 'lab',
  'docs/how-to/upgrade.md': 'lab',
  'docs/how-to/use-in-ci.md': 'lab',
  'docs/nse.md': 'lab',
};

testPages(
  docPages()
    .map((name) => join('docs', name))
    .filter((file) => file !== 'docs/tutorial.md'),
  BEFOREHAND,
);
