import { describe, expect, test } from 'vitest';
import { READER_OPTIONS, readLines } from '../../../../test/recon/read-lines.ts';
import type { ProcessEvent } from '../../model/telemetry-record.ts';
import { auditdLogReader } from './auditd-log.ts';
import { osqueryJsonReader } from './osquery-json.ts';
import { sysmonJsonReader } from './sysmon-json.ts';

const told = (event: ProcessEvent) =>
  `${event.action} ${event.host}: ${event.user} ${event.executable}[${event.pid}] ${event.source}:${event.sourcePort} > ${event.destination}:${event.destinationPort}/${event.protocol}`;

const DATA = {
  UtcTime: '2026-11-22 04:05:06.789',
  ProcessId: '4242',
  Image: 'C:\\Tools\\nmap.exe',
  User: 'CORP\\eve',
  Protocol: 'tcp',
  Initiated: 'true',
  SourceIp: '10.0.0.5',
  SourcePort: '50000',
  DestinationIp: '10.0.0.9',
  DestinationPort: '445',
};
const CONNECT = 'connect PC1: CORP\\eve C:\\Tools\\nmap.exe[4242] 10.0.0.5:50000 > 10.0.0.9:445/6';

describe('Sysmon', () => {
  test.each([
    { shape: 'flat', event: { EventID: 3, Computer: 'PC1', ...DATA } },
    {
      shape: 'as Windows has it',
      event: { Event: { System: { EventID: 3, Computer: 'PC1' }, EventData: DATA } },
    },
    { shape: 'Winlogbeat 7', event: { winlog: { event_id: 3, computer_name: 'PC1', event_data: DATA } } },
    { shape: 'Winlogbeat 6', event: { event_id: 3, computer_name: 'PC1', event_data: DATA } },
    {
      shape: 'ECS',
      event: {
        '@timestamp': '2026-11-22T04:05:06.789Z',
        event: { code: '3', provider: 'Microsoft-Windows-Sysmon' },
        host: { name: 'PC1' },
        process: { executable: 'C:\\Tools\\nmap.exe', pid: 4242 },
        user: { name: 'eve', domain: 'CORP' },
        source: { ip: '10.0.0.5', port: 50000 },
        destination: { ip: '10.0.0.9', port: 445 },
        network: { transport: 'tcp' },
      },
    },
  ])('event 3, $shape', ({ event }) => {
    const { records, problems } = readLines(sysmonJsonReader(READER_OPTIONS), [JSON.stringify(event)]);
    expect(problems).toEqual([]);
    expect(records.map((record) => told(record as ProcessEvent))).toEqual([CONNECT]);
    expect(records[0]?.time).toBe(Date.UTC(2026, 10, 22, 4, 5, 6, 789) * 1000);
  });

  test('event 1 tells the command line and the parent', () => {
    const event = {
      EventID: 1,
      Computer: 'PC1',
      ...DATA,
      CommandLine: 'nmap -sS 10.0.0.0/24',
      ParentImage: 'cmd.exe',
    };
    const [record] = readLines(sysmonJsonReader(READER_OPTIONS), [JSON.stringify(event)]).records;
    expect(record).toMatchObject({ action: 'start', commandLine: 'nmap -sS 10.0.0.0/24', parent: 'cmd.exe' });
  });

  test.each([
    { what: 'another event', event: { EventID: 7, ...DATA }, skipped: ['Sysmon event 7'] },
    {
      what: 'a connection that came in',
      event: { EventID: 3, ...DATA, Initiated: 'false' },
      skipped: ['incoming connection'],
    },
  ])('$what is skipped', ({ event, skipped }) => {
    expect(readLines(sysmonJsonReader(READER_OPTIONS), [JSON.stringify(event)]).skipped).toEqual(skipped);
  });

  test.each([
    { line: '{', message: 'no JSON object' },
    { line: '{"__proto__":{"EventID":3}}', message: /no event ID/ },
    {
      line: JSON.stringify({ EventID: 3, ...DATA, DestinationPort: '65536' }),
      message: 'DestinationPort: "65536" is no port',
    },
    { line: JSON.stringify({ EventID: 3, ...DATA, SourceIp: 'x' }), message: 'SourceIp: "x" is no address' },
    { line: JSON.stringify({ EventID: 3, ...DATA, UtcTime: 'soon' }), message: 'UtcTime: "soon" is no time' },
  ])('is set aside: $message', ({ line, message }) => {
    const { problems } = readLines(sysmonJsonReader(READER_OPTIONS), [line]);
    expect(problems).toEqual([{ line: 1, message: expect.stringMatching(message) as string }]);
  });
});

describe('osquery', () => {
  const columns = {
    action: 'connect',
    pid: '77',
    path: '/usr/bin/nmap',
    protocol: '6',
    local_address: '10.0.0.5',
    local_port: '50000',
    remote_address: '10.0.0.9',
    remote_port: '22',
    time: '1700000000',
    uid: '1000',
  };
  test.each([
    {
      shape: 'event format',
      line: { name: 'q', hostIdentifier: 'pc1', unixTime: 1, columns, action: 'added' },
    },
    {
      shape: 'batch format',
      line: { name: 'q', hostIdentifier: 'pc1', unixTime: 1, diffResults: { added: [columns] } },
    },
    {
      shape: 'snapshot',
      line: {
        name: 'q',
        hostIdentifier: 'pc1',
        unixTime: 1,
        snapshot: [columns, { ...columns, remote_port: '0' }],
      },
    },
  ])('$shape', ({ line }) => {
    const { records, problems } = readLines(osqueryJsonReader(READER_OPTIONS), [JSON.stringify(line)]);
    expect(problems).toEqual([]);
    expect(records.map((record) => told(record as ProcessEvent))).toEqual([
      'connect pc1: 1000 /usr/bin/nmap[77] 10.0.0.5:50000 > 10.0.0.9:22/6',
    ]);
  });
  test.each([
    { what: 'a row that went away', line: { columns, action: 'removed' } },
    { what: 'an accepted connection', line: { columns: { ...columns, action: 'accept' }, unixTime: 1 } },
    { what: 'another table', line: { name: 'users', columns: { uid: '0' }, unixTime: 1 } },
  ])('$what is skipped', ({ line }) => {
    const { records, skipped } = readLines(osqueryJsonReader(READER_OPTIONS), [JSON.stringify(line)]);
    expect({ records: records.length, skipped: skipped.length }).toEqual({ records: 0, skipped: 1 });
  });
});

describe('auditd', () => {
  const id = 'msg=audit(1700000000.123:99)';
  const syscall = `type=SYSCALL ${id}: arch=c000003e syscall=42 success=yes exit=0 a0=3 ppid=1 pid=77 auid=1000 uid=1000 comm="nmap" exe="/usr/bin/nmap" key="net"\u001dARCH=x86_64 SYSCALL=connect AUID="eve" UID="eve"`;
  const title = `type=PROCTITLE ${id}: proctitle=6E6D6170002D7353`;
  test.each([
    { what: 'IPv4 in hex', saddr: 'saddr=0200001B0A0000090000000000000000', to: '10.0.0.9:27' },
    {
      what: 'IPv6 in hex',
      saddr: 'saddr=0A0000160000000020010DB800000000000000000000000900000000',
      to: '2001:db8::9:22',
    },
    { what: 'interpreted', saddr: 'saddr={ saddr_fam=inet laddr=10.0.0.9 lport=22 }', to: '10.0.0.9:22' },
  ])('$what', ({ saddr, to }) => {
    const { records, problems } = readLines(auditdLogReader(READER_OPTIONS), [
      syscall,
      `type=SOCKADDR ${id}: ${saddr}`,
      title,
      `type=EOE ${id}: `,
    ]);
    expect(problems).toEqual([]);
    expect(records.map((record) => told(record as ProcessEvent))).toEqual([
      `connect : eve /usr/bin/nmap[77] :::0 > ${to}/6`,
    ]);
    expect(records[0]).toMatchObject({ commandLine: 'nmap -sS' });
  });

  test('lines of two events may interleave, and an event is held until it is whole', () => {
    const reader = auditdLogReader(READER_OPTIONS);
    const other = (text: string): string => text.replace(':99)', ':100)').replace('pid=77', 'pid=78');
    const seen: number[] = [];
    const sink = {
      record: (_: unknown, line: number) => void seen.push(line),
      skip: () => undefined,
      problem: () => undefined,
    };
    const address = `type=SOCKADDR ${id}: saddr=0200001B0A0000090000000000000000`;
    const lines = [syscall, other(syscall), address, other(address), `type=EOE ${id}: `];
    for (const [index, line] of lines.entries()) reader.read(line, index + 1, sink);
    expect({ seen, heldFrom: reader.heldFrom }).toEqual({ seen: [1], heldFrom: 2 });
    reader.end(sink);
    expect({ seen, heldFrom: reader.heldFrom }).toEqual({ seen: [1, 2], heldFrom: undefined });
  });

  test('a socket of the same machine is skipped', () => {
    const { records, skipped } = readLines(auditdLogReader(READER_OPTIONS), [
      syscall,
      `type=SOCKADDR ${id}: saddr=01002F72756E2F73797374656D64`,
      `type=EOE ${id}: `,
    ]);
    expect(records).toEqual([]);
    expect(skipped).toContain('event without a network peer');
  });
});
