import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOSTILE_STRINGS } from '../../test/hostile-strings.ts';
import { escapeLua } from './escape-lua.ts';

/** A Lua interpreter on this machine, if there is one: Nmap 7.80 to 7.93 have Lua 5.3, newer ones 5.4. */
const lua = ['lua5.3', 'lua5.4', 'lua'].find((name) => spawnSync(name, ['-v']).status === 0);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom(...Array.from(`"'\\]=[-\n\r\0 0129nxuz{}$`)) }),
);

describe('escapeLua', () => {
  test.each([
    { why: 'harmless', text: 'OpenSSH 9.2p1_a-b', want: 'OpenSSH 9.2p1_a-b' },
    { why: 'quotes', text: `a"b'c`, want: String.raw`a\034b\039c` },
    { why: 'a backslash before digits', text: String.raw`\065`, want: String.raw`\092065` },
    { why: 'a digit after an escape', text: '\n1', want: String.raw`\0101` },
    { why: 'a long bracket', text: ']]--[[', want: String.raw`\093\093--\091\091` },
    { why: 'NUL', text: '\0', want: String.raw`\000` },
    { why: 'beyond ASCII, by its bytes', text: 'é', want: String.raw`\195\169` },
    { why: 'a lone surrogate', text: '\ud800', want: String.raw`\239\191\189` },
  ])('$why', ({ text: raw, want }) => {
    expect(escapeLua(raw)).toBe(want);
  });

  test('leaves nothing that could end a string, a line or a field', () => {
    fc.assert(
      fc.property(text, (raw) => {
        expect(escapeLua(raw)).toMatch(/^(?:[A-Za-z0-9 ._-]|\\[0-2]\d\d)*$/);
      }),
    );
  });

  test.skipIf(lua === undefined)('a Lua interpreter reads back the same bytes', () => {
    const raw = [
      ...HOSTILE_STRINGS.map((one) => one.text),
      'x'.repeat(100_000),
      ...fc.sample(text, { numRuns: 3_000, seed: 1 }),
    ];
    const program = [
      'local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end',
      ...raw.map((one) => `print(hex("${escapeLua(one)}"))`),
    ].join('\n');
    const { stdout, status } = spawnSync(lua!, ['-'], {
      input: program,
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    });
    expect(status).toBe(0);
    expect(stdout.split('\n').slice(0, -1)).toEqual(raw.map((one) => Buffer.from(one).toString('hex')));
  });
});
