import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditLog } from '../../src/audit/audit-log.ts';
import type { AuditRecord } from '../../src/audit/record.ts';
import { scanAuthorised } from '../../src/assembly/authorised-scan.ts';
import type { ScanAsk, ScanSetting } from '../../src/assembly/scan-ask.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/config.ts';
import type { ScannedRun } from '../../src/exposure/flow/run-nmap.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { parseInstant, type Instant } from '../../src/time/instant.ts';

/** A Monday night within the window of the site below. */
export const NIGHT = parseInstant('2026-11-23T22:30:00Z')!;

/** One granted network, open by night. */
export const SITE = `
exposure:
  vantage: inside
  nmap: ./nmap
scope:
  grants:
    - id: office
      owner: Alice
      ticket: CHG-1
      networks: [10.0.0.0/24, '2001:db8:1::/120']
      names: [www.example.org]
      exclude: [10.0.0.9]
      vantage: inside
      profiles: [exposure, services, udp, audit]
      windows: [{ from: '20:00', to: '06:00' }]
      timing: 5
      rate: 500
      expires: 2027-01-31
`;

/** What a scan looks like whose hosts show these ports: address → port → state. */
export function nmapXml(
  hosts: Readonly<Record<string, Readonly<Record<number, string>>>>,
  more: { readonly protocol?: 'tcp' | 'udp'; readonly ports?: string; readonly nonce?: string } = {},
): string {
  const { protocol = 'tcp', ports = '22,80,443', nonce = '' } = more;
  const type = protocol === 'tcp' ? 'syn' : 'udp';
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<nmaprun scanner="nmap" args="nmap ${nonce}" start="1795473000" version="7.93" xmloutputversion="1.05">`,
    `<scaninfo type="${type}" protocol="${protocol}" numservices="3" services="${ports}"/>`,
    ...Object.entries(hosts).map(
      ([address, open]) =>
        `<host><status state="up" reason="echo-reply"/><address addr="${address}" addrtype="ipv4"/><ports>${Object.entries(
          open,
        )
          .map(
            ([port, state]) =>
              `<port protocol="${protocol}" portid="${port}"><state state="${state}" reason="syn-ack"/></port>`,
          )
          .join('')}</ports></host>`,
    ),
    `<runstats><finished time="1795473010" exit="success"/><hosts up="${Object.keys(hosts).length}" down="0" total="1"/></runstats>`,
    '</nmaprun>',
    '',
  ].join('\n');
}

/** A site of its own in a folder, with a program named nmap that is a script of ours and notes how it was started. */
export class FakeSite {
  readonly folder: string;
  readonly config: Config;
  readonly store: Store;
  now: Instant = NIGHT;

  private constructor(folder: string, config: Config, store: Store) {
    this.folder = folder;
    this.config = config;
    this.store = store;
  }

  static async open(folder: string, yaml = SITE, env: Record<string, string> = {}): Promise<FakeSite> {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'tidemark.yaml'), yaml);
    const { config } = loadConfig({ cwd: folder, env });
    const store = await openStore(config.store);
    await migrate(store, migrations, { program: 'test' });
    const site = new FakeSite(folder, config, store);
    site.nmapDoes(`cat '${folder}/answer.xml'`);
    site.answers(nmapXml({ '10.0.0.1': { 22: 'open', 80: 'closed', 443: 'closed' } }));
    return site;
  }

  /** What the script does after it has noted its arguments, environment and standard input. */
  nmapDoes(script: string): void {
    const at = join(this.folder, 'nmap');
    rmSync(at, { force: true });
    writeFileSync(
      at,
      `#!/bin/sh\nfor word in "$@"; do printf '%s\\0' "$word"; done >>'${this.folder}/argv'\nprintf '\\n' >>'${this.folder}/argv'\nenv >>'${this.folder}/env'\n${script}\n`,
    );
    chmodSync(at, 0o755);
  }

  answers(xml: string): void {
    writeFileSync(join(this.folder, 'answer.xml'), xml);
  }

  /** The arguments of every start since the last question. */
  started(): readonly (readonly string[])[] {
    const file = join(this.folder, 'argv');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    rmSync(file);
    return lines.map((line) => line.split('\0').slice(0, -1));
  }

  setting(more: Partial<ScanSetting> = {}): ScanSetting {
    return {
      store: this.store,
      config: this.config,
      clock: () => this.now,
      signal: new AbortController().signal,
      env: { PATH: process.env['PATH'] },
      resolve: () => Promise.resolve([]),
      ...more,
    };
  }

  scan(ask: Partial<ScanAsk>, more: Partial<ScanSetting> = {}): Promise<readonly ScannedRun[]> {
    return scanAuthorised(this.setting(more), {
      targets: ['10.0.0.1'],
      profiles: ['exposure'],
      raw: true,
      note: '',
      actor: { user: 'tester', face: 'cli' },
      purpose: 'scan',
      ...ask,
    });
  }

  async audit(): Promise<readonly AuditRecord[]> {
    const records: AuditRecord[] = [];
    for await (const record of new AuditLog(this.config.audit.file, () => this.now).records())
      records.push(record);
    return records;
  }
}
