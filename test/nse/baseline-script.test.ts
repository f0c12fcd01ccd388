import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Lab } from '../../scripts/lab/namespaces.ts';
import { BaselineLearner } from '../../src/exposure/baseline/learn.ts';
import type { Baseline, ExpectedHost } from '../../src/exposure/model/baseline.ts';
import type { PortKey } from '../../src/net/port-key.ts';
import { nseData, type NseDataTimes } from '../../src/report/nse-data.ts';
import { nseScript } from '../../src/report/nse-script.ts';
import { fromSeconds } from '../../src/time/instant.ts';
import { scratch, tidemark } from '../cli/tidemark.ts';
import { HOSTILE_STRINGS } from '../hostile-strings.ts';
import { readScans } from '../read-scan.ts';
import { at, ip, writtenHost, writtenRun, type WrittenPort } from '../written/scan-run.ts';
import { close, closedPorts, listen } from './listeners.ts';
import { NMAP_VERSION, runNmap, saidBy, scanLoopback } from './nmap.ts';

const cwd = scratch();
afterEach(() => close());
afterAll(() => rmSync(cwd, { recursive: true }));

/** A baseline that expects these ports of a host, 127.0.0.1 unless said otherwise, learned from three scans. */
function expecting(
  ports: readonly WrittenPort[],
  covered: string,
  more: Partial<ExpectedHost> = {},
  address = '127.0.0.1',
): Baseline {
  const learner = new BaselineLearner({ vantage: 'default', privileges: 'connect', profile: 'default' });
  for (let week = 0; week < 3; week += 1) {
    const run = writtenRun(week, [writtenHost(address, ports, {}, covered)], {
      args: 'nmap -sT -sV 127.0.0.1',
      scaninfo: [{ type: 'connect', protocol: 'tcp', services: covered }],
      privileges: 'connect',
    });
    learner.add(run.info);
    for (const host of run.hosts) learner.addHost(run.info.id, host);
  }
  const baseline = learner.finish({ version: 7, created: at('2026-11-22T00:00:00Z'), by: 'test', note: '' });
  const hosts = new Map([...baseline.hosts].map(([key, host]) => [key, { ...host, ...more }] as const));
  return { ...baseline, hosts };
}

/** Writes the script and its data; the arguments with which Nmap runs them. */
function written(baseline: Baseline, times: Partial<NseDataTimes> = {}, dataFolder = cwd): string[] {
  const script = join(cwd, 'tidemark-baseline.nse');
  const data = join(dataFolder, 'tidemark-baseline.tsv');
  writeFileSync(data, [...nseData(baseline, { written: at('2026-11-22T00:00:00Z'), ...times })].join(''));
  writeFileSync(script, nseScript(data));
  return ['--script', script];
}

const messages = (rows: readonly Readonly<Record<string, string>>[] | undefined): string[] =>
  (rows ?? []).map((row) => row['message'] ?? '');

describe.skipIf(NMAP_VERSION === undefined)(`the script under Nmap ${NMAP_VERSION ?? '(none here)'}`, () => {
  test('tells what departs, and nothing else', async () => {
    const same = await listen('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');
    const older = await listen('SSH-2.0-OpenSSH_8.4p1 Debian-5\r\n');
    const other = await listen('220 (vsFTPd 3.0.3)\r\n');
    const strange = await listen(Buffer.from('\u0001\u0002 who knows\r\n'));
    const opened = await listen('220 (vsFTPd 3.0.3)\r\n');
    const uncovered = await listen('220 (vsFTPd 3.0.3)\r\n');
    const [gone = 0, habit = 0, unscanned = 0] = await closedPorts(3);
    const ssh = { name: 'ssh', product: 'OpenSSH', version: '9.2p1 Debian 2+deb12u3' };
    const covered = [same, older, other, strange, opened, gone, habit, unscanned].toSorted((a, b) => a - b);
    const open = [same, older, other, strange, gone, habit, unscanned];
    const baseline = expecting(
      open.map((port) => ({ port: `${port}/tcp`, service: ssh })),
      covered.join(','),
    );
    const [host] = [...baseline.hosts.values()];
    const flapping = host?.ports.get(`${habit}/tcp` as PortKey);
    const ports = new Map(host?.ports).set(`${habit}/tcp` as PortKey, { ...flapping!, flapping: true });
    const script = written({ ...baseline, hosts: new Map([[ip('127.0.0.1'), { ...host!, ports }]]) });

    const scanned = [same, older, other, strange, opened, uncovered, gone, habit];
    const said = saidBy(await scanLoopback(scanned, '-sV', '--version-intensity', '0', ...script));
    const v = 'baseline v7 expects ssh OpenSSH 9.2p1 Debian 2+deb12u3 on';
    expect(messages(said.host)).toEqual([
      `baseline v7 expects ${gone}/tcp open (ssh OpenSSH 9.2p1 Debian 2+deb12u3): it is closed`,
    ]);
    expect(Object.fromEntries([...said.ports].map(([port, rows]) => [port, messages(rows)]))).toEqual({
      [`${older}/tcp`]: [`${v} ${older}/tcp: it is ssh OpenSSH 8.4p1 Debian 5`],
      [`${other}/tcp`]: [`${v} ${other}/tcp: it is ftp vsftpd 3.0.3`],
      [`${strange}/tcp`]: [expect.stringContaining(`${v} ${strange}/tcp: it is `)],
      [`${opened}/tcp`]: [`not in baseline v7: ${opened}/tcp open (ftp vsftpd 3.0.3)`],
    });
    expect(said.ports.get(`${older}/tcp`)).toEqual([
      {
        kind: 'version-changed',
        port: `${older}/tcp`,
        expected: 'ssh OpenSSH 9.2p1 Debian 2+deb12u3',
        observed: 'ssh OpenSSH 8.4p1 Debian 5',
        message: expect.any(String) as string,
      },
    ]);

    const unversioned = saidBy(await scanLoopback(scanned, ...script));
    expect([...unversioned.ports.keys()]).toEqual([`${opened}/tcp`]);
  });

  test.each([
    { why: 'unknown', presence: undefined, want: 'not in baseline v7: this host, up with PORT/tcp open' },
    {
      why: 'expected gone',
      presence: 'gone' as const,
      want: 'baseline v7 expects this host to be gone: it is up with PORT/tcp open',
    },
  ])('a host that is $why is one statement', async ({ presence, want }) => {
    const port = await listen('hello');
    const baseline = expecting([], `${port}`, presence === undefined ? {} : { presence });
    const hosts = presence === undefined ? new Map<never, never>() : baseline.hosts;
    const said = saidBy(await scanLoopback([port], ...written({ ...baseline, hosts })));
    expect(messages(said.host)).toEqual([want.replace('PORT', String(port))]);
    expect([...said.ports]).toEqual([]);
  });

  test('is the last to look: what a version script found out counts', async () => {
    const port = await listen('hello');
    // Under the name of a script that -sV runs; those of Nmap set the raw bytes of an answer in the same way.
    const versionScript = join(cwd, 'skypev2-version.nse');
    writeFileSync(
      versionScript,
      String.raw`local nmap = require "nmap"
categories = {"version"}
portrule = function() return true end
action = function(host, port)
  port.version.name, port.version.product = "http", "Cam\233ra\128<&>"
  nmap.set_port_version(host, port, "hardmatched")
end
`,
    );
    const found = { name: 'http', product: 'Cam.ra.<&>', method: 'probed' };
    const scan = async (product: string): Promise<Buffer> => {
      const expected = [{ port: `${port}/tcp`, service: { ...found, product } }];
      const [, script = ''] = written(expecting(expected, `${port}`));
      return scanLoopback([port], '--script', `${script},${versionScript}`);
    };
    const same = await scan(found.product);
    expect(readScans(same)[0]?.hosts[0]?.ports[0]?.service).toMatchObject(found);
    expect([...saidBy(same).ports]).toEqual([]);
    const other = saidBy(await scan('Camera.<&>'));
    expect(other.ports.get(`${port}/tcp`)).toMatchObject([{ kind: 'product-changed' }]);
  });

  test('hostile strings of a baseline are printed as inert text and run nothing', async () => {
    const marker = join(cwd, 'marker');
    const texts = [
      ...HOSTILE_STRINGS.map((one) => one.text),
      `"..os.execute("touch ${marker}").."`,
      `]]os.execute("touch ${marker}")--[[`,
      `\\"..os.execute('touch ${marker}')..\\"`,
      `\tport\t1/tcp\topen\n\nend\t1\nhost\t127.0.0.1\tup\t\t`,
      `"\nos.execute("touch ${marker}")\n--`,
    ];
    const ports = await closedPorts(texts.length);
    const baseline = expecting(
      texts.map((product, index) => ({
        port: `${ports[index]}/tcp`,
        service: { name: 'x', product },
      })),
      ports.toSorted((a, b) => a - b).join(','),
    );
    // The path of the data stands in the script itself.
    const folder = join(cwd, `"..os.execute('touch ${marker.replaceAll('/', '_')}').. ]] \n--`);
    mkdirSync(folder);
    const xml = await scanLoopback(ports, ...written(baseline, {}, folder));
    expect(existsSync(marker)).toBe(false);
    const byPort = new Map(saidBy(xml).host.map((row) => [row['port'], row['expected']]));
    const expected = texts.map((product) => {
      const words = Buffer.concat([Buffer.from('x '), Buffer.from(product)]);
      const shown = words
        .subarray(0, 120)
        .toString('latin1')
        .replace(/[^ -~]/g, (byte) => String.raw`\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
      return `open (${shown}${words.length > 120 ? '...' : ''})`;
    });
    expect(ports.map((port) => byPort.get(`${port}/tcp`))).toEqual(expected);
  });

  describe('says before the scan that it cannot help', () => {
    const before = async (args: readonly string[]): Promise<string | undefined> => {
      const [run] = readScans(await scanLoopback([1], ...args));
      const [script] = run?.info.preScripts ?? [];
      expect(run?.hosts[0]?.scripts).toEqual([]);
      return script?.output.trim();
    };

    test('without its data', async () => {
      const script = written(expecting([], '1'));
      expect(await before([...script, '--script-args', `tidemark.data=${cwd}/missing.tsv`])).toMatch(
        /^ERROR: no baseline in .*missing\.tsv: .*No such file/,
      );
    });

    test.each([
      { why: 'cut short', spoil: (text: string) => text.slice(0, text.indexOf('end\t')), says: 'cut short' },
      { why: 'of another format', spoil: (text: string) => `x${text}`, says: 'line 1 is not one' },
      {
        why: 'with a line of Lua',
        spoil: (text: string) => text.replace('end', 'os.exit(1)\nend'),
        says: 'line 5',
      },
    ])('with data $why', async ({ spoil, says }) => {
      const script = written(expecting([], '1'));
      const data = join(cwd, 'tidemark-baseline.tsv');
      writeFileSync(data, spoil(readFileSync(data, 'utf8')));
      expect(await before(script)).toContain(says);
    });
  });

  test('says that an approval has ended since, and goes on', async () => {
    const [port = 0] = await closedPorts(1);
    const script = written(expecting([`${port}/tcp`], `${port}`), { until: fromSeconds(1_000_000_000) });
    const [run] = readScans(await scanLoopback([port], ...script));
    expect(run?.info.preScripts[0]?.output).toContain('ended at 2001-09-09T01:46:40Z');
    expect(run?.hosts[0]?.scripts[0]?.output).toContain('it is closed');
  });

  test('sends nothing, asks for nothing but looking, and documents itself', async () => {
    written(expecting([], '1'));
    const source = readFileSync(join(cwd, 'tidemark-baseline.nse'), 'utf8');
    expect(source).toContain('categories = {"safe"}');
    expect(source).not.toMatch(
      /new_socket|comm\.|http\.|loadstring|\bload\(|dofile|require "(?!io|nmap|os|stdnse|string|table)/,
    );
    const help = (await runNmap(['--script-help', join(cwd, 'tidemark-baseline.nse')])).toString();
    expect(help).toContain('Categories: safe');
  });
});

const noLab =
  process.getuid?.() !== 0
    ? 'needs root'
    : ['ip', 'nft', 'sysctl'].find((tool) => spawnSync('which', [tool]).status !== 0);

describe.skipIf(NMAP_VERSION === undefined || noLab !== undefined)(
  `the script in a network of namespaces${noLab === undefined ? '' : ` (not here: ${noLab})`}`,
  () => {
    let lab: Lab;
    beforeAll(() => {
      lab = new Lab(cwd, 'tmnse-');
      lab.plug({ name: 'scanner', mac: '52:54:00:30:00:01', address: '10.77.30.1', address6: 'fd77:78::1' });
      lab.plug({ name: 'host', mac: '52:54:00:30:00:02', address: '10.77.30.2', address6: 'fd77:78::2' });
    });
    afterAll(() => lab.close());

    test.each([
      { address: '10.77.30.2', options: [] },
      { address: 'fd77:78::2', options: ['-6'] },
    ])('knows $address by its address and its network card', async ({ address, options }) => {
      const scan = async (mac: string): Promise<readonly string[]> => {
        const script = written(expecting(['22/tcp'], '22', { mac }, address));
        const args = [...options, '-sS', '-n', '-p', '22', ...script, '-oX', '-', address];
        return messages(saidBy(await runNmap(args, lab.namespaceOf('scanner'))).host);
      };
      const closed = 'baseline v7 expects 22/tcp open (ssh): it is closed';
      expect(await scan('52:54:00:30:00:02')).toEqual([closed]);
      expect(await scan('52:54:00:30:00:03')).toEqual([
        'baseline v7 expects the MAC address 52:54:00:30:00:03: it is 52:54:00:30:00:02',
        closed,
      ]);
    });
  },
);

describe.skipIf(NMAP_VERSION === undefined)('tidemark nse', () => {
  const folder = scratch();
  const run = async (...args: string[]) => tidemark(args, { cwd: folder });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(async () => {
    const ssh = await listen('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');
    const news = await listen('220 (vsFTPd 3.0.3)\r\n');
    const versions = ['-sV', '--version-intensity', '0'];
    await close(news);
    writeFileSync(join(folder, 'before.xml'), await scanLoopback([ssh, news], ...versions));
    await run('import', 'before.xml');
    await run('baseline', 'learn');
    const { status, stderr } = await run('nse', '--out', 'nse');
    if (status !== 0) throw new Error(`no script was written: ${stderr}`);
    await listen('220 (vsFTPd 3.0.3)\r\n', news);
    const script = ['--script', join(folder, 'nse', 'tidemark-baseline.nse')];
    writeFileSync(join(folder, 'after.xml'), await scanLoopback([ssh, news], ...versions, ...script));
    writeFileSync(join(folder, 'port'), `${news}/tcp`);
  }, 300_000);

  test('what Nmap says with it survives the import, and the assessment agrees', async () => {
    const port = readFileSync(join(folder, 'port'), 'utf8');
    expect(await run('import', 'after.xml')).toMatchObject({ status: 0, stderr: '' });
    const { stdout } = await run(
      'query',
      '--json',
      `SELECT portid, details FROM ports WHERE details LIKE '%tidemark-baseline%'`,
    );
    expect(JSON.parse(stdout)).toMatchObject({ portid: Number(port.split('/')[0]) });
    expect(stdout).toContain('port-opened');
    const summary = JSON.parse((await run('assess', '--json')).stdout) as { findings: { subject: object }[] };
    expect(summary.findings.map((finding) => finding.subject)).toContainEqual(
      expect.objectContaining({ host: '127.0.0.1', port }),
    );
  });
});
