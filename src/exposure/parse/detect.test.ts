import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../fault/fault.ts';
import { detectFormat } from './detect.ts';

const FIXTURES = new URL('../../../test/fixtures/scan-output/', import.meta.url);

describe('detectFormat', () => {
  const expected = (name: string): string | undefined => {
    if (name.endsWith('.xml')) return 'nmap-xml';
    if (name.endsWith('.gnmap')) return 'nmap-grepable';
    if (name.endsWith('.json')) return 'masscan-json';
    return name.endsWith('.list') ? 'masscan-list' : undefined;
  };
  const known = readdirSync(FIXTURES).filter((name) => expected(name) !== undefined);

  test.each(known)('%s', (name) => {
    expect(detectFormat(readFileSync(new URL(name, FIXTURES)))).toBe(expected(name));
  });

  test.each([
    { why: 'a mark and blank lines before XML', text: '\uFEFF\n\n<?xml version="1.0"?>', want: 'nmap-xml' },
    { why: 'grepable lines without a beginning', text: 'Host: 192.0.2.1 ()\tStatus: Up\n', want: 'nmap-grepable' },
    { why: 'a grepable run that found nothing', text: '# Nmap 7.95 scan initiated Sun Nov 22 04:46:11 2026 as: nmap x\n# Nmap done at Sun Nov 22 04:46:12 2026\n', want: 'nmap-grepable' },
    { why: 'masscan JSON that found nothing', text: '[\n]\n', want: 'masscan-json' },
    { why: 'masscan JSON without brackets', text: '{ "ip": "192.0.2.1", "ports": [] }\n', want: 'masscan-json' },
    { why: 'a masscan list without a beginning', text: 'open tcp 80 192.0.2.1 1700000000\n', want: 'masscan-list' },
  ])('$why', ({ text, want }) => {
    expect(detectFormat(Buffer.from(text))).toBe(want);
  }); // prettier-ignore

  test.each([
    { why: "Nmap's normal output", bytes: readFileSync(new URL('services.nmap', FIXTURES)), says: "Nmap's normal output" },
    { why: "Nmap's screen", bytes: Buffer.from('Starting Nmap 7.95 ( https://nmap.org )\nNmap scan report for x\n'), says: "Nmap's normal output" },
    { why: 'gzip inside gzip', bytes: Buffer.from('1f8b0800', 'hex'), says: 'gzip-compressed' },
    { why: 'a ZIP archive', bytes: Buffer.from('PK\u0003\u0004'), says: 'a ZIP archive' },
    { why: 'a packet capture', bytes: Buffer.from('d4c3b2a102000400', 'hex'), says: 'a packet capture' },
    { why: "masscan's binary output", bytes: Buffer.from('masscan/1.1\n'), says: '--readscan' },
    { why: 'JSON of something else', bytes: Buffer.from('{"hosts": []}'), says: 'JSON, but not that of masscan' },
    { why: 'a list of JSON of something else', bytes: Buffer.from('[1, 2]'), says: 'JSON, but not that of masscan' },
    { why: 'a table', bytes: Buffer.from('ip,port,state\n192.0.2.1,80,open\n'), says: 'comma-separated' },
    { why: 'prose', bytes: Buffer.from('hello world\n'), says: 'plain text' },
    { why: 'binary data', bytes: Buffer.from([1, 2, 0, 3]), says: 'binary data' },
  ])('refuses and names: $why', ({ bytes, says }) => {
    expect(() => detectFormat(bytes)).toThrow(Fault);
    expect(() => detectFormat(bytes)).toThrow(expect.objectContaining({ code: 'parse/unknown-format' }));
    const text = (): unknown => {
      try {
        return detectFormat(bytes);
      } catch (error) {
        return error instanceof Fault ? `${error.message} ${error.fix}` : error;
      }
    };
    expect(text()).toContain(says);
  }); // prettier-ignore

  test.each(['', ' \n\t', '\uFEFF'])('refuses nothing, as %j', (text) => {
    expect(() => detectFormat(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'parse/empty' }));
  });
});
