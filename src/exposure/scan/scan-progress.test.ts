import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { ProgressReader, type ScanProgress } from './scan-progress.ts';

/** As Nmap 7.93 writes it with `--stats-every`. */
const XML = `<taskbegin task="SYN Stealth Scan" time="1795346683"/>
<taskprogress task="SYN Stealth Scan" time="1795346684" percent="42.50" remaining="12" etc="1795346696"/>
<taskend task="SYN Stealth Scan" time="1795346690" extrainfo="1000 total ports"/>
<host starttime="1795346683" endtime="1795346690"><status state="up"/>
</host>
`;

const read = (chunks: readonly string[]): readonly ScanProgress[] => {
  const told: ScanProgress[] = [];
  const reader = new ProgressReader((progress) => told.push(progress));
  for (const chunk of chunks) reader.push(Buffer.from(chunk, 'latin1'));
  return told;
};

const WANT: readonly ScanProgress[] = [
  { task: 'SYN Stealth Scan', percent: 0, remaining: undefined, hosts: 0 },
  { task: 'SYN Stealth Scan', percent: 42.5, remaining: 12, hosts: 0 },
  { task: 'SYN Stealth Scan', percent: 100, remaining: undefined, hosts: 0 },
  { task: 'SYN Stealth Scan', percent: 100, remaining: undefined, hosts: 1 },
];

test('is told as Nmap tells it', () => {
  expect(read([XML])).toEqual(WANT);
});

test('wherever the chunks are cut', () => {
  for (let at = 1; at < XML.length; at += 1) expect(read([XML.slice(0, at), XML.slice(at)])).toEqual(WANT);
});

test('what no Nmap writes is passed over, and the memory of it is bounded', () => {
  expect(
    read([
      `<taskprogress task="${'x'.repeat(1e6)}" percent="1"/>\n`,
      '<taskprogress percent="9"/>\n',
      'x'.repeat(1e6),
    ]),
  ).toEqual([]);
});
