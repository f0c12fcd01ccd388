import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Fault } from '../../src/fault/fault.ts';
import { all, first, ndjsonLine, type Row } from '../../src/sql/ports.ts';
import { command, query } from '../../src/sql/query.ts';
import { RowEncoder } from '../../src/sql/row-encoder.ts';
import type { Store } from '../../src/store/store.ts';
import { everyType, hostile, latest, seen, texts } from './sample.ts';

/** A way to run the store, for the contract. */
export interface ContractMode {
  readonly name: string;
  readonly mode: Store['mode'];
  open(): Promise<Store>;
  /** After the store was closed. */
  stop(): Promise<void>;
  /** Cases by name that this mode cannot do, and why. */
  readonly unsupported: Readonly<Record<string, string>>;
}

const anyRow = z.record(z.string(), z.unknown());
const textRows = query(
  'test.texts',
  'SELECT id, text FROM texts WHERE id >= {from:UInt32} ORDER BY id',
  z.object({ id: z.number(), text: z.string() }),
);
const numbers = query(
  'test.numbers',
  "SELECT number AS n, repeat('x', {width:UInt32}) AS pad FROM numbers({rows:UInt64})",
  z.object({ n: z.string(), pad: z.string() }),
);
const slow = query(
  'test.slow',
  'SELECT sleepEachRow(0.5) AS x, {marker:String} AS marker FROM numbers(240)',
  anyRow,
);
/** Each block holds one row, so that the engine looks up between two naps. */
const NAPS = { max_block_size: 1, function_sleep_max_microseconds_per_block: 0 } as const;
const failing = query(
  'test.failing',
  'SELECT number AS n, throwIf(number = {at:UInt64}) AS x FROM numbers(1000000)',
  z.object({ n: z.string() }),
);
const runningNow = query(
  'test.running',
  "SELECT count() AS n FROM system.processes WHERE position(query, {what:String}) > 0 AND position(query, 'system.processes') = 0",
  z.object({ n: z.coerce.number() }),
);

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

async function until(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await check()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  throw new Error('it never came to be');
}

/** The one suite that every mode of the store runs. */
export function contract(mode: ContractMode): void {
  describe(`the store, ${mode.name}`, () => {
    let store: Store;

    /** A case that the mode may list as unsupported. */
    const it = (name: string, body: () => Promise<void>): void => {
      const reason = mode.unsupported[name];
      const title = reason === undefined ? name : `${name} (${reason})`;
      // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- the cases below give the name and the assertions
      test.skipIf(reason !== undefined)(title, body, 60_000);
      names.add(name);
    };
    const names = new Set<string>();

    beforeAll(async () => {
      store = await mode.open();
      for (const table of [everyType, texts, seen, latest]) await store.ensureTable(table);
    }, 60_000);
    afterAll(async () => {
      await store?.close();
      await mode.stop();
      expect(Object.keys(mode.unsupported).filter((name) => !names.has(name))).toEqual([]);
    }, 60_000);

    const insertTexts = async (from: number, values: readonly string[]): Promise<void> => {
      await store.insert(
        texts,
        values.map((text, index) => ({ id: from + index, text })),
      );
    };

    it('says what it is', async () => {
      expect(store.mode).toBe(mode.mode);
      expect(store.problems).toEqual([]);
      const health = await store.health();
      expect(health.problems).toEqual([]);
      for (const node of health.nodes) {
        expect(node.version).toMatch(/^\d+\.\d+/);
        expect(node.freeBytes).toBeGreaterThan(0);
        expect(node.problem).toBeUndefined();
      }
      expect(health.nodes).toHaveLength(mode.mode === 'cluster' ? 3 : 1);
    });

    it('keeps every type at its edges', async () => {
      const row = {
        id: 18446744073709551615n,
        u8: 255,
        u16: 65_535,
        u32: 4_294_967_295,
        i64: -(2n ** 63n),
        f64: -1.5e300,
        flag: true,
        text: 'x',
        word: 'tcp',
        ip: '10.0.0.1',
        at: '2026-11-22T04:02:00.123456Z',
        seconds: '2026-11-22T04:02:00Z',
        day: '2026-11-22',
        texts: ['', "it's", 'a\n\nb', '😀'],
        ports: [0, 65_535],
        ips: ['::1', '192.168.0.1', 'fe80::1'],
        maybe: null,
        count: null,
        map: { "k'": 'v\n', '': '' },
        kind: 'closed',
        pair: { name: 'ssh', port: 22 },
        'nest.key': ['a', 'b'],
        'nest.value': [1, 65_535],
      };
      const zero = {
        ...row,
        id: 0,
        u8: 0,
        u16: 0,
        u32: 0,
        i64: 2n ** 63n - 1n,
        f64: 0.1,
        flag: false,
        ip: '::',
        at: '1970-01-01T00:00:00Z',
        texts: [],
        ports: [],
        ips: [],
        maybe: '',
        count: 0,
        map: {},
        kind: 'open',
        'nest.key': [],
        'nest.value': [],
      };
      await store.insert(everyType, [row, zero]);
      const [low, high] = await all(
        store,
        query('test.every', 'SELECT * FROM every_type ORDER BY id', anyRow),
        {},
      );
      expect(high).toMatchObject({
        ...row,
        id: '18446744073709551615',
        i64: '-9223372036854775808',
        ip: '::ffff:10.0.0.1',
        ips: ['::1', '::ffff:192.168.0.1', 'fe80::1'],
      });
      expect(low).toMatchObject({
        ...zero,
        id: '0',
        i64: '9223372036854775807',
        at: '1970-01-01T00:00:00.000000Z',
      });
      expect(high?.['written']).toMatch(/^20\d\d-\d\d-\d\dT[\d:]+\.\d{6}Z$/);
    });

    const binaryColumns = [
      'id',
      'u8',
      'u16',
      'u32',
      'i64',
      'flag',
      'text',
      'word',
      'ip',
      'at',
      'texts',
      'ips',
      'kind',
    ] as const;

    it('keeps every type at its edges, as binary rows', async () => {
      const encoder = new RowEncoder(16);
      const row = (id: bigint, high: boolean, text: string, ip: string, list: readonly string[]): void => {
        encoder.u64big(id);
        encoder.u8(high ? 255 : 0);
        encoder.u16(high ? 65_535 : 0);
        encoder.u32(high ? 4_294_967_295 : 0);
        encoder.i64(high ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER);
        encoder.bool(high);
        encoder.string(text);
        encoder.word(text);
        encoder.ip(ip);
        encoder.i64(high ? 1_795_320_120_123_456 : -1);
        encoder.strings(list);
        encoder.ips([ip, '::1']);
        encoder.i8(high ? 2 : 1);
        encoder.endRow();
      };
      const long = `${'é😀'.repeat(3000)}\0`;
      row(18446744073709551615n, true, 'a\n\nDROP TABLE texts\n\0', '255.255.255.255', ['', long]);
      row(18446744073709551614n, false, '', '2001:db8::1', []);
      encoder.u64big(7n);
      encoder.dropRow();
      row(18446744073709551613n, false, long, '0.0.0.0', ['\ud800']);
      expect(encoder.rows).toBe(3);
      await store.insertBinary(everyType, binaryColumns, encoder.take());
      const kept = await all(
        store,
        query(
          'test.every-binary',
          'SELECT * FROM every_type WHERE id >= 18446744073709551613 AND length(ips) = 2 ORDER BY id DESC',
          anyRow,
        ),
        {},
      );
      expect(kept).toMatchObject([
        {
          id: '18446744073709551615',
          u8: 255,
          u16: 65_535,
          u32: 4_294_967_295,
          i64: '9007199254740991',
          flag: true,
          text: 'a\n\nDROP TABLE texts\n\0',
          word: 'a\n\nDROP TABLE texts\n\0',
          ip: '::ffff:255.255.255.255',
          at: '2026-11-22T04:02:00.123456Z',
          texts: ['', long],
          ips: ['::ffff:255.255.255.255', '::1'],
          kind: 'closed',
          maybe: null,
        },
        {
          id: '18446744073709551614',
          u8: 0,
          i64: '-9007199254740991',
          flag: false,
          text: '',
          ip: '2001:db8::1',
          at: '1969-12-31T23:59:59.999999Z',
          texts: [],
          kind: 'open',
        },
        {
          id: '18446744073709551613',
          text: long,
          word: long,
          ip: '::ffff:0.0.0.0',
          texts: ['\ufffd'],
        },
      ]);
    });

    it('gives IPv4 text back on request', async () => {
      const row = await first(
        store,
        query(
          'test.v4',
          'SELECT toString(toIPv4(ip)) AS v4 FROM every_type WHERE ip = {ip:IPv6}',
          z.object({ v4: z.string() }),
        ),
        { ip: '10.0.0.1' },
      );
      expect(row).toEqual({ v4: '10.0.0.1' });
    });

    it('gives NaN and infinities as null, and big numbers as text', async () => {
      const row = await first(
        store,
        query(
          'test.nan',
          'SELECT nan AS a, inf AS b, toUInt64(9007199254740993) AS c, toInt64(-9007199254740993) AS d',
          anyRow,
        ),
        {},
      );
      expect(row).toEqual({ a: null, b: null, c: '9007199254740993', d: '-9007199254740993' });
    });

    it('keeps hostile strings byte by byte, as rows', async () => {
      await insertTexts(
        1000,
        hostile.map((one) => one.text),
      );
      const rows = await all(store, textRows, { from: 1000 });
      expect(rows.map((row) => row.text)).toEqual(hostile.map((one) => one.text));
    });

    it('keeps hostile strings byte by byte, as serialised rows', async () => {
      const body = hostile
        .map((one, index) => JSON.stringify({ id: 2000 + index, text: one.text }))
        .join('\n');
      await store.insertNdjson(texts, Buffer.from(body));
      const rows = await all(store, textRows, { from: 2000 });
      expect(rows.map((row) => row.text)).toEqual(hostile.map((one) => one.text));
    });

    it('keeps hostile strings byte by byte, as parameters of a read', async () => {
      const echo = query(
        'test.echo',
        "SELECT {text:String} AS text, {texts:Array(String)} AS texts, '{text:String}' AS quoted",
        z.object({ text: z.string(), texts: z.array(z.string()), quoted: z.string() }),
      );
      for (const { text } of hostile)
        for (const whole of [true, false])
          for await (const row of store.run(echo, { text, texts: [text, 'x', text] }, { whole }))
            expect(row).toEqual({ text, texts: [text, 'x', text], quoted: '{text:String}' });
    });

    it('gives the same rows streamed and as a whole, whatever the parameters are', async () => {
      const echo = query(
        'test.echo-types',
        `SELECT number AS n, {u8:UInt8} AS u8, {u64:UInt64} AS u64, {i64:Int64} AS i64, {f64:Float64} AS f64, {ip:IPv6} AS ip, {ips:Array(IPv6)} AS ips,
          {at:DateTime64(6, 'UTC')} AS at, {flag:Bool} AS flag, {none:Array(String)} AS none, {text:String} AS text
FROM numbers({rows:UInt64}) WHERE number IN {picked:Array(UInt16)} AND {text:String} = concat({text:String}, '') ORDER BY n`,
        anyRow,
      );
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            u8: fc.integer({ min: 0, max: 255 }),
            u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
            i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
            f64: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
            ip: fc.oneof(fc.ipV4(), fc.constant('fe80::1')),
            ips: fc.array(fc.ipV4(), { maxLength: 3 }),
            at: fc.constantFrom('2026-11-22T04:02:00.123456Z', '1970-01-01T00:00:00Z'),
            flag: fc.boolean(),
            none: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 }),
            text: fc.string({ unit: 'grapheme' }),
            rows: fc.bigInt({ min: 0n, max: 2_000n }),
            picked: fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 50 }),
          }),
          async (params) => {
            const given = async (whole: boolean): Promise<unknown[]> => {
              const rows: unknown[] = [];
              for await (const row of store.run(echo, params, { whole })) rows.push(row);
              return rows;
            };
            expect(await given(true)).toEqual(await given(false));
          },
        ),
        { numRuns: 40 },
      );
    });

    it('keeps hostile strings byte by byte, as parameters of a statement', async () => {
      const copy = command(
        'test.copy',
        'INSERT INTO {into:Identifier} SELECT {id:UInt32}, arrayStringConcat([{text:String}, {texts:Array(String)}[1]])',
      );
      for (const [index, { text }] of hostile.entries())
        await store.execute(copy, { into: 'texts', id: 3000 + index, text, texts: [text] });
      const rows = await all(store, textRows, { from: 3000 });
      expect(rows.map((row) => row.text)).toEqual(hostile.map(({ text }) => text + text));
    });

    it('keeps any text, as a row and as a parameter', async () => {
      const any = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 1, maxLength: 40 });
      let from = 10_000;
      await fc.assert(
        fc.asyncProperty(any, async (values) => {
          from += 100;
          await insertTexts(from, values);
          const rows = await all(store, textRows, { from });
          expect(rows.map((row) => row.text)).toEqual(values);
          const echo = query(
            'test.echo',
            'SELECT {texts:Array(String)} AS texts, {text:String} AS text',
            z.object({ texts: z.array(z.string()), text: z.string() }),
          );
          const text = values.join('');
          expect(await first(store, echo, { texts: values, text })).toEqual({ texts: values, text });
        }),
        { numRuns: 20 },
      );
    });

    it('carries strings of a megabyte, in rows and in parameters', async () => {
      const big = "aé😀\n\\'".repeat(131_072);
      await insertTexts(50_000, [big]);
      const [row] = await all(store, textRows, { from: 50_000 });
      expect(row?.text === big).toBe(true);
      const echo = query('test.big', 'SELECT {text:String} AS text', z.object({ text: z.string() }));
      expect((await first(store, echo, { text: big }))?.text === big).toBe(true);
      await store.execute(command('test.big-copy', 'INSERT INTO texts SELECT 50001, {text:String}'), {
        text: big,
      });
      const rows = await all(store, textRows, { from: 50_001 });
      expect(rows.map((one) => one.text === big)).toEqual([true]);
    });

    it('keeps the rows beside one with half of a character, which becomes U+FFFD', async () => {
      await insertTexts(60_000, ['a\ud800b', 'c']);
      const rows = [
        { id: 60_002, text: 'd\udc00' },
        { id: 60_003, text: String.raw`\ud800` },
      ];
      await store.insertLines(texts, rows.map(ndjsonLine));
      const kept = await all(store, textRows, { from: 60_000 });
      expect(kept.map((row) => row.text)).toEqual(['a\ufffdb', 'c', 'd\ufffd', String.raw`\ud800`]);
    });

    it('takes parameters of every type', async () => {
      const echo = query(
        'test.types',
        `SELECT {s:String} AS s, {b:Bool} AS b, {u8:UInt8} AS u8, {u16:UInt16} AS u16, {u32:UInt32} AS u32, {u64:UInt64} AS u64,
                {i64:Int64} AS i64, {f:Float64} AS f, {ip:IPv6} AS ip, {at:DateTime64(6)} AS at, {p:Array(UInt16)} AS p,
                {ips:Array(IPv6)} AS ips, {none:Array(String)} AS none`,
        anyRow,
      );
      const params = {
        s: 'x',
        b: false,
        u8: 255,
        u16: 65_535,
        u32: 4_294_967_295,
        u64: 18446744073709551615n,
        i64: -(2n ** 63n),
        f: -1.5e300,
        ip: '10.0.0.1',
        at: '2026-11-22T04:02:00.000001Z',
        p: [0, 65_535],
        ips: ['::1', '10.0.0.1'],
        none: [],
      } as const;
      const want = {
        ...params,
        u64: '18446744073709551615',
        i64: '-9223372036854775808',
        ip: '::ffff:10.0.0.1',
        ips: ['::1', '::ffff:10.0.0.1'],
      };
      expect(await first(store, echo, params)).toEqual(want);
      // The same, written into the text of a statement.
      await store.execute(
        command(
          'test.types-copy',
          'INSERT INTO texts SELECT 61000, toJSONString(tuple({b:Bool}, {u64:UInt64}, {i64:Int64}, {f:Float64}, {ip:IPv6}, {at:DateTime64(6)}, {p:Array(UInt16)}, {ips:Array(IPv6)}, {none:Array(String)}))',
        ),
        {
          b: params.b,
          u64: params.u64,
          i64: params.i64,
          f: params.f,
          ip: params.ip,
          at: params.at,
          p: params.p,
          ips: params.ips,
          none: [],
        },
      );
      const [row] = await all(store, textRows, { from: 61_000 });
      expect(JSON.parse(row?.text ?? '')).toEqual(
        expect.arrayContaining([
          false,
          '18446744073709551615',
          '-9223372036854775808',
          -1.5e300,
          '::ffff:10.0.0.1',
          [0, 65_535],
          ['::1', '::ffff:10.0.0.1'],
          [],
        ]),
      );
    });

    it('refuses parameters that are not what they say', async () => {
      const port = query('test.port', 'SELECT {port:UInt16} AS port', anyRow);
      for (const bad of [70_000, -1, 1.5, Number.NaN])
        expect((await faultOf(first(store, port, { port: bad }))).code).toBe('store/bad-parameter');
      const time = query('test.time', 'SELECT {at:DateTime64(6)} AS at', anyRow);
      expect((await faultOf(first(store, time, { at: '2026-11-22T04:02:00+01:00' }))).code).toBe(
        'store/bad-parameter',
      );
      const address = query('test.ip', 'SELECT {ip:IPv6} AS ip', anyRow);
      expect((await faultOf(first(store, address, { ip: "::1'" }))).code).toMatch(/^store\/bad-/);
    });

    it('takes names as parameters, whatever they hold', async () => {
      for (const name of ['plain', 'two words', 'we`ird "\'\\ name', 'a; DROP TABLE texts']) {
        const row = await first(store, query('test.name', 'SELECT 1 AS {name:Identifier}', anyRow), { name });
        expect(row).toEqual({ [name]: 1 });
      }
      const rows = query(
        'test.table',
        'SELECT count() AS n FROM {table:Identifier}',
        z.object({ n: z.coerce.number() }),
      );
      expect((await first(store, rows, { table: 'texts' }))?.n).toBeGreaterThan(0);
      expect((await faultOf(first(store, rows, { table: 'no_such' }))).code).toBe('store/unknown-table');
    });

    it('streams half a million rows in bounded memory', async () => {
      const used = (): number => {
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        return heapUsed + arrayBuffers;
      };
      const before = used();
      let most = 0;
      let count = 0;
      let sum = 0n;
      for await (const row of store.run(numbers, { rows: 500_000n, width: 400 })) {
        count += 1;
        sum += BigInt(row.n);
        if (count % 5000 === 0) most = Math.max(most, used());
      }
      expect(count).toBe(500_000);
      expect(sum).toBe((500_000n * 499_999n) / 2n);
      // The answer is 215 MB of text; what is held at a time is a few chunks, and garbage not yet collected.
      expect(most - before).toBeLessThan(120e6);
    });

    it('says an error, and answers the next question right', async () => {
      for (let round = 0; round < 5; round += 1) {
        const fault = await faultOf(all(store, query('test.bad', 'SELECT nope FROM texts', anyRow), {}));
        expect(fault.code).toBe('store/bad-query');
        expect(fault.message).toContain('test.bad');
        expect(fault.message).toContain('nope');
        expect(fault.fix).not.toBe('');
        expect(await all(store, query('test.one', 'SELECT 1 AS x', anyRow), {})).toEqual([{ x: 1 }]);
      }
    });

    it('turns an error in mid-stream into an error, never into a short answer', async () => {
      for (const at of [0n, 1n, 300_000n, 999_999n]) {
        const rows: string[] = [];
        const fault = await faultOf(
          (async () => {
            for await (const row of store.run(failing, { at })) rows.push(row.n);
          })(),
        );
        expect(fault.code).toBe('store/query-failed');
        expect(fault.message).toContain('throwIf');
        expect(rows.length).toBeLessThan(1_000_000);
        expect(rows.every((n, index) => n === String(index))).toBe(true);
        // Nothing of the failed answer may turn up in the next one.
        expect(await all(store, numbers, { rows: 3n, width: 1 })).toEqual([
          { n: '0', pad: 'x' },
          { n: '1', pad: 'x' },
          { n: '2', pad: 'x' },
        ]);
      }
    });

    it('says a statement that fails, and runs the next', async () => {
      const bad = command(
        'test.bad-insert',
        "INSERT INTO texts SELECT number, throwIf(number = 5, 'boom') ? 'a' : 'b' FROM numbers(10)",
      );
      expect((await faultOf(store.execute(bad, {}))).message).toContain('boom');
      await store.execute(command('test.good', "INSERT INTO texts SELECT 70000, 'fine'"), {});
      expect(await all(store, textRows, { from: 70_000 })).toEqual([{ id: 70_000, text: 'fine' }]);
    });

    it('stops the query when the reader leaves the loop', async () => {
      for (let round = 0; round < 5; round += 1) {
        let count = 0;
        const endless = query(
          'test.endless',
          "SELECT number AS n, 'endless-marker' AS m FROM numbers(100000000000)",
          anyRow,
        );
        for await (const row of store.run(endless, {})) {
          expect(row['m']).toBe('endless-marker');
          count += 1;
          if (count === 1000) break;
        }
        await until(async () => (await first(store, runningNow, { what: 'endless-marker' }))?.n === 0);
        expect(await all(store, query('test.one', 'SELECT 1 AS x', anyRow), {})).toEqual([{ x: 1 }]);
      }
    });

    it('refuses to begin when the signal has fired already', async () => {
      const signal = AbortSignal.abort();
      expect((await faultOf(all(store, numbers, { rows: 1n, width: 1 }, { signal }))).code).toBe(
        'store/cancelled',
      );
      expect(
        (await faultOf(store.execute(command('test.c', 'INSERT INTO texts SELECT 80000, 1'), {}, { signal })))
          .code,
      ).toBe('store/cancelled');
      expect((await faultOf(store.insert(texts, [{ id: 80_000, text: '' }], { signal }))).code).toBe(
        'store/cancelled',
      );
      expect(await all(store, textRows, { from: 80_000 })).toEqual([]);
    });

    it('stops a query that is running, in the engine too', async () => {
      const control = new AbortController();
      const work = faultOf(all(store, slow, { marker: 'x' }, { signal: control.signal, settings: NAPS }));
      await until(async () => (await first(store, runningNow, { what: 'sleepEachRow(0.5)' }))?.n !== 0);
      control.abort();
      expect((await work).code).toBe('store/cancelled');
      await until(async () => (await first(store, runningNow, { what: 'sleepEachRow(0.5)' }))?.n === 0);
    });

    it('stops a query at the moment that it begins', async () => {
      for (let round = 0; round < 6; round += 1) {
        const control = new AbortController();
        const work = faultOf(all(store, slow, { marker: 'y' }, { signal: control.signal, settings: NAPS }));
        if (round % 2 === 0) await Promise.resolve();
        else await new Promise(setImmediate);
        control.abort();
        expect((await work).code).toBe('store/cancelled');
      }
      await until(async () => (await first(store, runningNow, { what: 'sleepEachRow(0.5)' }))?.n === 0);
    });

    it('stops a query whose reader has paused', async () => {
      const control = new AbortController();
      let count = 0;
      const fault = await faultOf(
        (async () => {
          for await (const row of store.run(
            numbers,
            { rows: 100_000_000n, width: 10 },
            { signal: control.signal },
          )) {
            if (row.n === '100') control.abort();
            count += 1;
          }
        })(),
      );
      expect(fault.code).toBe('store/cancelled');
      expect(count).toBeLessThan(100_000_000);
    });

    it('stops a statement that is running', async () => {
      const control = new AbortController();
      const work = faultOf(
        store.execute(
          command(
            'test.slow-insert',
            'INSERT INTO texts SELECT 90000 + number, toString(sleepEachRow(0.25)) FROM numbers(480)',
          ),
          {},
          { signal: control.signal, settings: NAPS },
        ),
      );
      await until(async () => (await first(store, runningNow, { what: 'sleepEachRow(0.25)' }))?.n !== 0);
      control.abort();
      expect((await work).code).toBe('store/cancelled');
      await until(async () => (await first(store, runningNow, { what: 'sleepEachRow(0.25)' }))?.n === 0);
    });

    it('stops everything at once', async () => {
      const work = [1, 2].map((n) => faultOf(all(store, slow, { marker: `all ${n}` }, { settings: NAPS })));
      await until(async () => (await first(store, runningNow, { what: 'sleepEachRow(0.5)' }))?.n === 2);
      await store.cancel();
      for (const fault of await Promise.all(work)) expect(fault.code).toBe('store/cancelled');
    });

    it('serves many readers at a time, each with its own parameters', async () => {
      const echo = query(
        'test.many',
        'SELECT number AS n, {mine:String} AS mine FROM numbers({rows:UInt64})',
        z.object({ n: z.string(), mine: z.string() }),
      );
      const readers = Array.from({ length: 40 }, async (_, index) => {
        const rows = await all(store, echo, { mine: `reader ${index}`, rows: BigInt(1000 + index) });
        expect(rows).toHaveLength(1000 + index);
        expect(new Set(rows.map((row) => row.mine))).toEqual(new Set([`reader ${index}`]));
      });
      await Promise.all(readers);
    });

    it('reads while it reads, and writes while it reads', async () => {
      let inner = 0;
      for await (const outer of store.run(numbers, { rows: 20n, width: 1 })) {
        for await (const row of store.run(numbers, { rows: 5n, width: 1 }))
          inner += Number(row.n) >= 0 ? 1 : 0;
        await store.insert(latest, [{ id: Number(outer.n), version: 1, state: 'read' }]);
      }
      expect(inner).toBe(100);
    });

    it('lets many writers append at a time, and loses nothing', async () => {
      await Promise.all(
        Array.from({ length: 16 }, (_, writer) =>
          store.insert(
            texts,
            Array.from({ length: 500 }, (__, index) => ({
              id: 100_000 + writer * 1000 + index,
              text: `w${writer}`,
            })),
          ),
        ),
      );
      const rows = await all(store, textRows, { from: 100_000 });
      expect(rows).toHaveLength(8000);
      expect(new Set(rows.map((row) => row.id)).size).toBe(8000);
    });

    it('groups as one machine would', async () => {
      const rows: Row[] = [];
      const want = new Map<string, { ports: Set<number>; size: bigint }>();
      for (let index = 0; index < 20_000; index += 1) {
        const host = `10.0.${index % 7}.${index % 251}`;
        const port = (index * 7919) % 65_536;
        rows.push({ host, port, size: index });
        const entry = want.get(host) ?? { ports: new Set(), size: 0n };
        entry.ports.add(port);
        entry.size += BigInt(index);
        want.set(host, entry);
      }
      await store.insert(seen, rows);
      const grouped = await all(
        store,
        query(
          'test.group',
          'SELECT toString(toIPv4(host)) AS host, uniqExact(port) AS ports, sum(size) AS size FROM seen GROUP BY host',
          z.object({ host: z.string(), ports: z.coerce.number(), size: z.coerce.bigint() }),
        ),
        {},
      );
      expect(new Map(grouped.map((row) => [row.host, [row.ports, row.size]]))).toEqual(
        new Map([...want].map(([host, entry]) => [host, [entry.ports.size, entry.size]])),
      );
      const total = await first(
        store,
        query(
          'test.total',
          'SELECT count() AS n, uniqExact(port) AS ports FROM seen',
          z.object({ n: z.coerce.number(), ports: z.coerce.number() }),
        ),
        {},
      );
      expect(total).toEqual({ n: 20_000, ports: new Set(rows.map((row) => row['port'])).size });
    });

    it('looks up one table in another as one machine would', async () => {
      // By port, which is not what the rows are spread by: each shard alone would find a part.
      const both = query(
        'test.in',
        `SELECT count() AS n FROM seen
         WHERE port IN (SELECT port FROM seen WHERE host = {host:IPv6})`,
        z.object({ n: z.coerce.number() }),
      );
      const one = query(
        'test.join',
        `SELECT count() AS n FROM seen AS a INNER JOIN (SELECT DISTINCT port FROM seen WHERE host = {host:IPv6}) AS b ON a.port = b.port`,
        z.object({ n: z.coerce.number() }),
      );
      const rows = Array.from({ length: 20_000 }, (_, index) => ({
        host: `10.0.${index % 7}.${index % 251}`,
        port: (index * 7919) % 65_536,
      }));
      const mine = new Set(rows.filter((row) => row.host === '10.0.0.0').map((row) => row.port));
      const n = rows.filter((row) => mine.has(row.port)).length;
      expect(await first(store, both, { host: '10.0.0.0' })).toEqual({ n });
      expect(await first(store, one, { host: '10.0.0.0' })).toEqual({ n });
    });

    it('spreads rows over the shards', async () => {
      const counts = await Promise.all(
        store.nodes.map((node) =>
          first(
            node,
            query('test.local', 'SELECT count() AS n FROM seen_local', z.object({ n: z.coerce.number() })),
            {},
          ),
        ),
      );
      expect(counts.map((row) => row?.n ?? 0).every((n) => n > 0 && n < 20_000)).toBe(true);
      expect(counts.reduce((sum, row) => sum + (row?.n ?? 0), 0)).toBe(20_000);
    });

    it('shows the latest version of a row', async () => {
      await store.insert(latest, [
        { id: 900, version: 1, state: 'open' },
        { id: 901, version: 5, state: 'closed' },
      ]);
      await store.insert(latest, [{ id: 900, version: 3, state: 'closed' }]);
      await store.insert(latest, [{ id: 900, version: 2, state: 'filtered' }]);
      const rows = await all(
        store,
        query('test.final', 'SELECT id, state FROM latest FINAL WHERE id >= 900 ORDER BY id', anyRow),
        {},
      );
      expect(rows).toEqual([
        { id: 900, state: 'closed' },
        { id: 901, state: 'closed' },
      ]);
    });

    it('writes nothing when there is nothing to write', async () => {
      await store.insert(texts, []);
      await store.insertNdjson(texts, new Uint8Array(0));
      await store.insertBinary(texts, ['id', 'text'], new Uint8Array(0));
      await store.insertNdjson(texts, Buffer.from('\n\n  \n'));
    });

    it('drops blank lines between rows, and never runs what follows them', async () => {
      await store.insertNdjson(
        texts,
        Buffer.from('\n{"id":200000,"text":"a"}\n\n \n{"id":200001,"text":"b"}\n\n'),
      );
      expect(await all(store, textRows, { from: 200_000 })).toHaveLength(2);
      for (const body of [
        '{"id":210000,"text":"a"}\n\nDROP TABLE texts\n',
        '{"id":210000,"text":"a"}\n\n{"id":1};DROP TABLE texts',
        '{"id":210000,"text":"a"}{"id":210001,"text":"b"}\n',
        '{"id":210000,"text":"a\n\nDROP TABLE texts\n"}\n',
        '{"id":210000,"text":"a\\\n\nDROP TABLE texts\n"}\n',
        '[{"id":210000,"text":"a"}]\n',
        '{"id":210000,"text":"a"}; DROP TABLE texts\n',
        '{"id":210000,"text":"a"',
      ])
        expect((await faultOf(store.insertNdjson(texts, Buffer.from(body)))).code).toBe('store/bad-ndjson');
      expect(await all(store, textRows, { from: 210_000 })).toEqual([]);
    });

    it('refuses rows that do not fit, and keeps none of their batch', async () => {
      const bad: Row[] = [
        { id: 1, u16: 70_000 },
        { id: 1, u16: -1 },
        { id: 1, u8: 1.5 },
        { id: 1, u16: null },
        { id: 2n ** 64n },
        { id: 1, ports: [1, 65_536] },
        { id: 1, count: 2 ** 32 },
        { id: 1, nope: 1 },
        { id: 1, ip: 'not an address' },
        { id: 1, at: 'yesterday' },
        { id: 1, kind: 'ajar' },
        { id: 1, 'nest.key': ['a'], 'nest.value': [] },
      ];
      const before = await first(
        store,
        query('test.count', 'SELECT count() AS n FROM every_type', anyRow),
        {},
      );
      for (const row of bad) {
        const fault = await faultOf(store.insert(everyType, [{ id: 7 }, row]));
        expect([fault.code, row]).toEqual(['store/bad-row', row]);
      }
      expect(
        await first(store, query('test.count', 'SELECT count() AS n FROM every_type', anyRow), {}),
      ).toEqual(before);
    });

    it('forgets the settings of a query after it', async () => {
      const threads = query(
        'test.setting',
        "SELECT toString(getSetting('max_result_rows')) AS n",
        z.object({ n: z.string() }),
      );
      const usual = await first(store, threads, {});
      expect(await first(store, threads, {}, { settings: { max_result_rows: 77 } })).toEqual({ n: '77' });
      for (let round = 0; round < 8; round += 1) expect(await first(store, threads, {})).toEqual(usual);
    });

    it('keeps any binary rows, and nothing of a body that is cut short', async () => {
      let from = 400_000;
      const any = fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { minLength: 1, maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(any, async (values) => {
          from += 100;
          const encoder = new RowEncoder(8);
          for (const [index, text] of values.entries()) {
            encoder.u32(from + index);
            if (index % 2 === 0) encoder.string(text);
            else encoder.word(text);
            encoder.endRow();
          }
          const body = encoder.take();
          const cut = faultOf(store.insertBinary(texts, ['id', 'text'], body.subarray(0, body.length - 1)));
          expect((await cut).code).toMatch(/^store\//);
          expect(await all(store, textRows, { from })).toEqual([]);
          await store.insertBinary(texts, ['id', 'text'], body);
          const rows = await all(store, textRows, { from });
          expect(rows.map((row) => row.text)).toEqual(values);
        }),
        { numRuns: 10 },
      );
    });

    it('makes tables, columns and views that are there already', async () => {
      const extra = { name: 'extra', type: 'UInt16', comment: 'Added later', expression: 'DEFAULT 7' };
      const view = {
        name: 'text_view',
        comment: "A 'view'",
        columns: [
          { name: 'id', type: 'UInt32', comment: 'The id' },
          { name: 'said', type: 'String', comment: 'The text' },
        ],
        select: 'SELECT id, text AS said FROM texts',
      };
      for (let round = 0; round < 2; round += 1) {
        await store.ensureTable(latest);
        for (const node of store.nodes) await node.ensureColumn(latest, extra);
        await store.ensureView(view);
        await store.applyDdl('CREATE TABLE IF NOT EXISTS plain (x UInt8) ENGINE = MergeTree ORDER BY x');
      }
      expect(
        await first(
          store,
          query('test.extra', 'SELECT extra FROM latest WHERE id = 900 LIMIT 1', anyRow),
          {},
        ),
      ).toEqual({ extra: 7 });
      expect(
        await first(store, query('test.view', 'SELECT said FROM text_view WHERE id = 70000', anyRow), {}),
      ).toEqual({ said: 'fine' });
      await store.ensureView({
        ...view,
        select: "SELECT id, upper(text) AS said FROM texts WHERE text = 'fine'",
      });
      expect(await all(store, query('test.view', 'SELECT said FROM text_view', anyRow), {})).toEqual([
        { said: 'FINE' },
      ]);
    });

    it('syncs durable tables to the disk', async () => {
      const name = mode.mode === 'cluster' ? 'every_type_local' : 'every_type';
      const row = await first(
        store,
        query(
          'test.ddl',
          'SELECT create_table_query AS ddl FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
          z.object({ ddl: z.string() }),
        ),
        { name },
      );
      expect(row?.ddl).toContain('fsync_after_insert = 1');
      expect(row?.ddl).toContain('fsync_part_directory = 1');
    });

    it('says when a row is not what the query declares', async () => {
      const wrong = query('test.wrong', "SELECT 'x' AS n", z.object({ n: z.number() }));
      expect((await faultOf(first(store, wrong, {}))).code).toBe('store/unexpected-row');
    });

    it('deletes rows on request', async () => {
      await store.execute(command('test.delete', 'DELETE FROM texts WHERE id = {id:UInt32}'), { id: 70_000 });
      expect(
        await all(store, query('test.gone', 'SELECT id FROM texts WHERE id = 70000', anyRow), {}),
      ).toEqual([]);
    });
  });
}
