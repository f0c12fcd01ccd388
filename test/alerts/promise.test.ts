import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratch, tidemark } from '../cli/tidemark.ts';

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
const HOSTS = ['10.20.0.9', '10.20.0.10', '10.20.0.11'];
const ASKED = '21-23,80,443,8080,8443';

/** A scan of ours as Nmap's XML: port 22 of each host, and more of the first. */
function scan(start: number, more: readonly number[]): string {
  const port = (portid: number, name: string): string =>
    `<port protocol="tcp" portid="${portid}"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="${name}" method="table" conf="3"/></port>`;
  const hosts = HOSTS.map((host, index) => {
    const open = [22, ...(index === 0 ? more : [])];
    return `<host starttime="${start}" endtime="${start + 5}"><status state="up" reason="arp-response" reason_ttl="0"/><address addr="${host}" addrtype="ipv4"/><ports><extraports state="closed" count="${7 - open.length}"><extrareasons reason="reset" count="${7 - open.length}"/></extraports>${open.map((each) => port(each, each === 22 ? 'ssh' : 'http-proxy')).join('')}</ports></host>`;
  });
  return `<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -sS -p ${ASKED} 10.20.0.0/24" start="${start}" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="7" services="${ASKED}"/>
${hosts.join('\n')}
<runstats><finished time="${start + 9}" elapsed="9" exit="success"/><hosts up="3" down="253" total="256"/></runstats>
</nmaprun>
`;
}

/** Zeek's conn.log of one source that tries ports of the three hosts, half a second apart; open ones answer. */
function conn(source: string, start: number, open: Readonly<Record<string, readonly number[]>>): string {
  const fields = [
    'ts',
    'uid',
    'id.orig_h',
    'id.orig_p',
    'id.resp_h',
    'id.resp_p',
    'proto',
    'conn_state',
    'history',
  ];
  const types = ['time', 'string', 'addr', 'port', 'addr', 'port', 'enum', 'string', 'string'];
  const ports = [21, 22, 23, 80, 443, 3389, 8080, 8443];
  const rows = HOSTS.flatMap((host, index) =>
    ports.map((portid, place) => {
      const is = open[host]?.includes(portid) === true;
      const ts = start + (index * ports.length + place) * 0.5;
      return [
        ts.toFixed(6),
        `C${source}${index}${place}`.replaceAll('.', ''),
        source,
        40_000 + index * 100 + place,
        host,
        portid,
        'tcp',
        is ? 'RSTO' : 'REJ',
        is ? 'ShR' : 'Sr',
      ].join('\t');
    }),
  );
  return [
    String.raw`#separator \x09`,
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    '#path\tconn',
    `#fields\t${fields.join('\t')}`,
    `#types\t${types.join('\t')}`,
    ...rows,
    '',
  ].join('\n');
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

describe('who scans a port that opened yesterday', () => {
  let folder = '';
  const run = async (...args: readonly string[]) => {
    const ran = await tidemark(args, { cwd: folder });
    expect(ran.stderr).not.toMatch(/Error|fault/);
    return ran;
  };
  const sent = async (file: string) =>
    (await readFile(join(folder, file), 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown> & { finding?: Record<string, unknown> });
  const open = { '10.20.0.9': [22, 8080], '10.20.0.10': [22], '10.20.0.11': [22] };

  beforeAll(async () => {
    folder = scratch();
    await mkdir(join(folder, 'scans'));
    await writeFile(join(folder, 'scans', 'before.xml'), scan(now - 2 * DAY, []));
    await writeFile(join(folder, 'scans', 'yesterday.xml'), scan(now - DAY, [8080]));
    await writeFile(join(folder, 'authorised.log'), conn('10.20.0.250', now - 3000, open));
    await writeFile(join(folder, 'outsider.log'), conn('198.51.100.77', now - 1800, open));
    await writeFile(
      join(folder, 'ledger.yaml'),
      `version: 1
scans:
  - id: nightly
    owner: security team
    sources: [10.20.0.250]
    targets: [10.20.0.0/24]
    windows: [{ from: '${iso(now - 4000)}', to: '${iso(now - 2000)}' }]
`,
    );
    // Nothing may go out but what is urgent, and all that is to be read goes to files.
    await writeFile(
      join(folder, 'tidemark.yaml'),
      `recon: { networks: [10.0.0.0/8], ledger: [ledger.yaml] }
alerts: { budget: 0, digestAt: '${iso(now + 3600).slice(11, 16)}' }
sinks:
  - { name: people, kind: file, path: people.jsonl, tell: alerts }
  - { name: siem, kind: file, path: siem.jsonl }
`,
    );
    for (const file of ['before', 'yesterday']) await run('import', `scans/${file}.xml`);
    await run('assess');
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('an authorised scan of it never alerts', async () => {
    await run('detect', 'authorised.log');
    await run('sinks', 'deliver');
    expect((await sent('people.jsonl')).filter(({ finding }) => finding?.['half'] === 'recon')).toEqual([]);
    expect((await sent('siem.jsonl')).filter(({ finding }) => finding?.['half'] === 'recon')).toEqual([]);
    const { stdout } = await run('findings', 'list', '--all', '--half', 'recon', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [{ standing: 'authorised', finding: { rule: 'recon.authorised', severity: 'info' } }],
    });
  }, 120_000);

  test('anybody else does, beyond the budget, and everything says why', async () => {
    await run('detect', 'outsider.log');
    await run('sinks', 'deliver');
    const alerts = (await sent('people.jsonl')).filter(({ finding }) => finding?.['half'] === 'recon');
    expect(alerts).toMatchObject([
      {
        schema: 'tidemark/finding/1',
        revision: 1,
        state: 'open',
        alert: { decision: 'sent', why: expect.stringContaining('beyond the budget') as string },
        finding: {
          severity: 'high',
          subject: { host: '198.51.100.77' },
          meeting: { grade: 3 },
        },
      },
    ]);
    const finding = alerts[0]!.finding as {
      id: string;
      meeting: { services: unknown[] };
      observations: { text: string }[];
    };
    expect(finding.meeting.services[0]).toMatchObject({ host: '10.20.0.9', port: '8080/tcp', isNew: true });
    expect(finding.observations.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(
        /^Touched, and opened lately by our own scans: 10\.20\.0\.9 8080\/tcp .*not open at/,
      ),
    );
    const first = JSON.parse((await run('findings', 'list', '--json')).stdout) as {
      findings: { finding: { id: string } }[];
    };
    expect(first.findings[0]?.finding.id).toBe(finding.id);
    const shown = await run('findings', 'show', finding.id);
    expect(shown.stdout.replace(/\s+/g, ' ')).toMatch(
      /alert sent on .*: sent at once, beyond the budget: a service that opened only lately/,
    );
    expect(shown.stdout).toContain('8080/tcp');
    // And the other way round: the finding of the port says who came.
    const ports = JSON.parse(
      (await run('findings', 'list', '--half', 'exposure', '--host', '10.20.0.9', '--json')).stdout,
    ) as {
      findings: { finding: { id: string; subject: { port?: string } } }[];
    };
    const opened = ports.findings.find(({ finding: { subject } }) => subject.port === '8080/tcp')!.finding.id;
    const port = (await run('findings', 'show', opened)).stdout.replace(/\s+/g, ' ');
    expect(port).toMatch(
      /Since it is open 1 source that no authorised scan explains turned to it: 198\.51\.100\.77/,
    );
    const listed = JSON.parse((await run('alerts', 'list', '--json')).stdout) as { alerts: unknown[] };
    expect(listed.alerts).toContainEqual(
      expect.objectContaining({ finding: finding.id, decision: 'sent', severity: 'high' }),
    );
  }, 120_000);

  test('told once, and told that somebody judged it; the digest waits for its hour', async () => {
    const before = (await sent('people.jsonl')).length;
    await run('sinks', 'deliver');
    expect((await sent('people.jsonl')).length).toBe(before);
    const told = (await sent('people.jsonl')).find(({ finding }) => finding?.['half'] === 'recon')!;
    const id = (told.finding as { id: string }).id;
    await run('findings', 'judge', id, '--as', 'resolved', '--why', 'blocked at the edge');
    await run('sinks', 'deliver');
    for (const file of ['people.jsonl', 'siem.jsonl'])
      expect((await sent(file)).at(-1)).toMatchObject({
        revision: 2,
        state: 'resolved',
        finding: { id },
        lifecycle: { why: expect.stringContaining('blocked at the edge') as string },
      });
    const held = JSON.parse((await run('alerts', 'list', '--decision', 'digest', '--json')).stdout) as object;
    expect(held).toMatchObject({ alerts: [] });
  }, 120_000);
});
