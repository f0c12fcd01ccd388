import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ACTING, scratch, tidemark } from './tidemark.ts';

const cwd = scratch();
afterAll(() => {
  rmSync(cwd, { recursive: true });
});
const capture = (name: string): string =>
  join(import.meta.dirname, '..', 'fixtures', 'packets', `${name}.pcap`);

test('prints what tells the sources of a capture apart, in lines that fit', async () => {
  const { status, stdout, stderr } = await tidemark(['fingerprint', capture('nmap-script-ssh')], { cwd });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('10.66.0.12  11 flows');
  expect(stdout).toMatch(/MuonFP +10 {2}64240:2-4-8-1-3:1460:10/);
  expect(stdout).toMatch(/HASSH +6 {2}e788c657d1a22971d5026526ffd2e918/);
  expect(stdout).toContain('It talks like Nmap');
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});

test('reads standard input; with --json everything is one document', async () => {
  const stdin = readFileSync(capture('zmap-syn-80'));
  const { status, stdout } = await tidemark(['fingerprint', '-', '--json'], { cwd, stdin });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'tidemark/fingerprint/1',
    files: ['-'],
    sources: [
      {
        source: '10.66.0.12',
        flows: 544,
        syn: [{ muonFp: '65535:::', count: 544 }],
        tools: [{ tool: 'ZMap', signature: 'zmap/ip-id', confidence: 'very high', held: 544, of: 544 }],
      },
    ],
  });
});

test('a file that is not there is said, and the others are read', async () => {
  const { status, stdout, stderr } = await tidemark(
    ['fingerprint', 'none.pcap', capture('hping3-xmas-incr')],
    { cwd },
  );
  expect(status).toBe(2);
  expect(stderr).toContain('none.pcap: no such file');
  expect(stdout).toContain('look like hping3');
});

test('a log without any is no fault, and a hostile agent acts on nothing', async () => {
  const event = (agent: string): string =>
    JSON.stringify({
      timestamp: '2026-11-20T10:00:00.000000+0000', event_type: 'http', src_ip: '192.0.2.1', src_port: 4_000, dest_ip: '10.0.0.1',
      dest_port: 80, proto: 'TCP', http: { hostname: 'x', url: '/', http_method: 'GET', http_user_agent: agent, status: 200 },
    }); // prettier-ignore
  const hostile = await tidemark(['fingerprint', '-'], { cwd, stdin: `${event('\u001B[2Jnikto\u202E')}\n` });
  expect(hostile.status).toBe(0);
  expect(hostile.stdout).toContain('nikto');
  expect(hostile.stdout).not.toMatch(ACTING);
  const without = await tidemark(['fingerprint', '-'], { cwd, stdin: `${event('')}\n` });
  expect([without.status, without.stdout]).toEqual([0, '']);
  expect(without.stderr).toContain('no fingerprints');
});
