import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { rawOf } from '../../src/exposure/flow/stored-scans.ts';
import type { Fault } from '../../src/fault/fault.ts';
import { FakeSite, NIGHT, nmapXml, SITE } from './fake-nmap.ts';

const SECRET = 'Tr0ub4dor&"3\\';
const WORD = 'correct-horse-battery';
const root = mkdtempSync(join(tmpdir(), 'tidemark-secret-'));
writeFileSync(join(root, 'secret'), `${WORD}\n`);
const descriptor = openSync(join(root, 'secret'), 'r');
rmSync(join(root, 'secret'));

let site: FakeSite;
beforeAll(async () => {
  site = await FakeSite.open(
    join(root, 'site'),
    SITE.replace(
      'nmap: ./nmap',
      `nmap: ./nmap\n  secrets: { smbpassword: { env: TM_SMB }, creds.snmp: { fd: ${descriptor} } }`,
    ),
  );
});
afterAll(async () => {
  closeSync(descriptor);
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  site.now = NIGHT;
});

/** Every file below a folder that holds one of the secrets, in any form. */
function holders(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const file = join(folder, name);
    if (!statSync(file).isFile()) return false;
    const bytes = readFileSync(file);
    return [SECRET, WORD, 'Tr0ub4dor', 'Tr0ub4dor&amp;'].some((text) => bytes.includes(text));
  });
}

test('secrets reach Nmap, and nothing else: no file, no argument, no environment, no raw output, no message', async () => {
  // Nmap repeats them wherever it can, whole, in pieces that come slowly, and in what it warns of.
  const said = nmapXml({ '10.0.0.1': { 445: 'open' } }).replace(
    '<runstats>',
    () => '<postscript><script id="x" output="$GIVEN"/></postscript><runstats>',
  );
  const [head = '', tail = ''] = said.split('$GIVEN');
  site.nmapDoes(
    [
      'while [ "$1" != --script-args-file ]; do shift; done',
      'given=$(cat "$2")',
      `[ "$given" = 'smbpassword="Tr0ub4dor&\\"3\\\\",creds.snmp="${WORD}"' ] || { echo "not given" >&2; exit 1; }`,
      `cat <<'XML'\n${head}\nXML`,
      `printf 'Tr0ub4dor&amp;'; sleep 0.2; printf '&quot;3\\\\ and correct-'; sleep 0.2; printf 'horse-battery'`,
      `cat <<'XML'\n${tail}\nXML`,
      `echo 'cannot log in with ${WORD}' >&2`,
    ].join('\n'),
  );
  const output: unknown[] = [];
  const [scanned] = await site.scan(
    { profiles: ['audit'] },
    {
      env: { PATH: process.env['PATH'], TM_SMB: SECRET },
      onEvent: (event) => output.push(event),
    },
  );
  expect(scanned?.end).toMatchObject({ status: 0, warnings: ['cannot log in with ********'] });
  const raw: Uint8Array[] = [];
  for await (const piece of rawOf(site.store, scanned!.run)) raw.push(piece);
  expect(Buffer.concat(raw).toString()).toContain('output="\n******** and ********"');
  const audit = await site.audit();
  expect(audit.at(-2)?.details).toMatchObject({ secrets: ['smbpassword', 'creds.snmp'] });
  // The engine keeps data compressed: what it holds is looked at through it, everything else as files.
  const held = JSON.stringify([audit, output], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(held).not.toMatch(/Tr0ub4dor|correct-horse/);
  // The script of this test has to know them.
  rmSync(join(site.folder, 'nmap'));
  await site.store.close();
  expect(holders(root)).toEqual([]);
  // The pipe is gone.
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('tidemark-args-'))).toEqual([]);
  site = await FakeSite.open(join(root, 'other'), readFileSync(join(site.folder, 'tidemark.yaml'), 'utf8'));
});

test('a profile without scripts is given none', async () => {
  site.started();
  const config = {
    ...site.config,
    exposure: { ...site.config.exposure, secrets: { smbpassword: { env: 'TM_SMB' } } },
  };
  await site.scan({}, { config, env: { PATH: process.env['PATH'], TM_SMB: SECRET } });
  expect(site.started()[0]).not.toContain('--script-args-file');
});

test.each([
  { what: 'not there', value: undefined },
  { what: 'too short to be masked', value: 'abc' },
  { what: 'with a line break', value: 'abcd\nsmbusername="x"' },
  { what: 'endless', value: 'x'.repeat(2_000) },
])('$what: refused, with nothing of it repeated', async ({ value }) => {
  site.started();
  const config = {
    ...site.config,
    exposure: { ...site.config.exposure, secrets: { smbpassword: { env: 'TM_SMB' } } },
  };
  const env = { PATH: process.env['PATH'], ...(value === undefined ? {} : { TM_SMB: value }) };
  const error = await site
    .scan({ profiles: ['audit'] }, { config, env })
    .catch((fault: unknown) => fault as Fault);
  expect(error).toMatchObject({ code: 'scan/secret' });
  if (value !== undefined) expect(JSON.stringify(error)).not.toContain(value.slice(0, 20));
  expect((await site.audit()).at(-1)).toMatchObject({ action: 'scan.refused', why: 'secret' });
  expect(site.started()).toEqual([]);
});

const hasNmap = (() => {
  try {
    return execFileSync('nmap', ['--version'], { encoding: 'utf8' }).includes('Nmap version');
  } catch {
    return false;
  }
})();

test.runIf(hasNmap)(
  'real Nmap reads its script arguments from the pipe, and ends when nobody reads it',
  async () => {
    const config = {
      ...site.config,
      exposure: { ...site.config.exposure, nmap: 'nmap', secrets: { smbpassword: { env: 'TM_SMB' } } },
      scope: {
        grants: [{ ...site.config.scope.grants[0]!, networks: ['127.0.0.1'], exclude: [], names: [] }],
      },
    };
    // Nmap itself says with -d that it loaded them; here it is enough that it takes the file and runs through.
    const [scanned] = await site.scan(
      { targets: ['127.0.0.1'], profiles: ['audit'], ports: '9', raw: false },
      { config, env: { PATH: process.env['PATH'], TM_SMB: SECRET } },
    );
    expect(scanned).toMatchObject({ run: { info: { status: 'complete' } }, end: { status: 0 } });
  },
);
