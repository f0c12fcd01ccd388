import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../fault/fault.ts';
import { DEFAULT_XML_LIMITS, type XmlHandler, type XmlLimits } from './xml-handler.ts';
import { XmlTokenizer } from './xml-tokenizer.ts';

/** What a tokenizer says, as lines: adjacent texts joined, because a text may come in pieces. */
function tokensOf(chunks: readonly Uint8Array[], limits: Partial<XmlLimits> = {}): string[] {
  const said: string[] = [];
  let text = '';
  const say = (line: string): void => {
    if (text !== '') said.push(`text ${JSON.stringify(text)}`);
    text = '';
    said.push(line);
  };
  const handler: XmlHandler = {
    open(name, attributes) {
      const pairs = Array.from({ length: attributes.size }, (_, index) => [
        attributes.nameAt(index),
        attributes.valueAt(index),
      ]);
      say(`open ${name} ${JSON.stringify(pairs)}`);
      tokenizer.wantsText = true;
    },
    close: (name) => say(`close ${name}`),
    text: (piece) => {
      text += piece;
    },
    stop: ({ code, offset }) => say(`stop ${code} ${offset}`),
    report: (code, _message, offset) => say(`report ${code} ${offset}`),
  };
  const tokenizer = new XmlTokenizer(handler, [], { ...DEFAULT_XML_LIMITS, ...limits });
  for (const chunk of chunks) tokenizer.push(chunk);
  tokenizer.end();
  return said;
}

const tokens = (xml: string, limits?: Partial<XmlLimits>): string[] => tokensOf([Buffer.from(xml)], limits);
const COMPLAINT = /^(stop|report)/;

describe('XmlTokenizer', () => {
  test.each([
    { why: 'elements, attributes in both quotes, text', xml: `<a b="1" c='2'>x<d/>y</a>`, want: ['open a [["b","1"],["c","2"]]', 'text "x"', 'open d []', 'close d', 'text "y"', 'close a'] },
    { why: 'the five named references and both kinds of numbers', xml: '<a b="&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;"/>', want: ['open a [["b","<>&\\"\'A😀"]]', 'close a'] },
    { why: 'line ends and tabs in a value become spaces, CRLF one', xml: '<a b="1\t2\n3\r\n4\r5&#10;6"/>', want: ['open a [["b","1 2 3 4 5\\n6"]]', 'close a'] },
    { why: 'line ends in text become LF', xml: '<a>1\r\n2\r3</a>', want: ['open a []', 'text "1\\n2\\n3"', 'close a'] },
    { why: 'a quote inside the other quote', xml: `<a b='"' c="'"/>`, want: [`open a [["b","\\""],["c","'"]]`, 'close a'] },
    { why: 'CDATA is taken as it is', xml: '<a><![CDATA[<&amp;]]></a>', want: ['open a []', 'text "<&amp;"', 'close a'] },
    { why: 'comments and instructions are skipped, even with --', xml: '<?x y?><!-- a -- b --><a><!-- > --></a>', want: ['open a []', 'close a'] },
    { why: 'a doctype with identifiers is skipped and nothing is fetched', xml: '<!DOCTYPE a PUBLIC "-//x>//" "http://192.0.2.1/x.dtd"><a/>', want: ['open a []', 'close a'] },
    { why: 'a blank line and a comment before the declaration', xml: '\n<!-- x -->\n<?xml version="1.0"?><a/>', want: ['open a []', 'close a'] },
    { why: 'space around = and before >', xml: '<a b = "1" ></a >', want: ['open a [["b","1"]]', 'close a'] },
    { why: 'a declared single-byte encoding', xml: '<?xml version="1.0" encoding="iso-8859-1"?><a b="é"/>', want: ['open a [["b","Ã©"]]', 'close a'] },
    { why: 'names that objects already have', xml: '<a __proto__="1" constructor="2"/>', want: ['open a [["__proto__","1"],["constructor","2"]]', 'close a'] },
    { why: 'two documents behind each other', xml: '<a/>\n<?xml version="1.0"?>\n<b/>\n', want: ['open a []', 'close a', 'open b []', 'close b'] },
    { why: 'text that is not blank keeps its blanks', xml: '<a> x ]] > </a>', want: ['open a []', 'text " x ]] > "', 'close a'] },
  ])('$why', ({ xml, want }) => {
    expect(tokens(xml)).toEqual(want);
  }); // prettier-ignore

  test.each([
    { why: 'NUL in a value', xml: '<a b="x\0y"/>', want: ['report parse/illegal-character 6', 'open a [["b","x\uFFFDy"]]', 'close a'] },
    { why: 'a control character in text', xml: '<a>\u0007</a>', want: ['open a []', 'report parse/illegal-character 3', 'text "\uFFFD"', 'close a'] },
    { why: 'a reference to NUL', xml: '<a b="&#0;"/>', want: ['report parse/illegal-character 6', 'open a [["b","\uFFFD"]]', 'close a'] },
    { why: 'a reference to half a surrogate pair', xml: '<a b="&#xD800;"/>', want: ['report parse/illegal-character 6', 'open a [["b","\uFFFD"]]', 'close a'] },
    { why: 'an entity that nobody declared', xml: '<a b="&boom;"/>', want: ['report parse/reference 6', 'open a [["b","&boom;"]]', 'close a'] },
    { why: 'a bare ampersand', xml: '<a>AT&T</a>', want: ['open a []', 'report parse/reference 3', 'text "AT&T"', 'close a'] },
    { why: ']]> in text', xml: '<a>x]]>y</a>', want: ['open a []', 'report parse/illegal-character 3', 'text "x]]>y"', 'close a'] },
    { why: 'an encoding that is not known', xml: '<?xml version="1.0" encoding="ebcdic-9"?><a/>', want: ['report parse/encoding 0', 'open a []', 'close a'] },
  ])('repairs and reports: $why', ({ xml, want }) => {
    expect(tokens(xml)).toEqual(want);
  }); // prettier-ignore

  test('repairs and reports: bytes that are not UTF-8', () => {
    const xml = Buffer.concat([Buffer.from('<a b="x'), Buffer.from([0xff]), Buffer.from('y"/>')]);
    expect(tokensOf([xml])).toEqual(['report parse/encoding 6', 'open a [["b","x\uFFFDy"]]', 'close a']);
  });

  test('says nothing of a replacement character that was written as such', () => {
    expect(tokens('<a b="\uFFFD&#xFFFD;"/>').filter((line) => COMPLAINT.test(line))).toEqual([]);
  });

  test.each([
    { why: 'a closing tag that is another', xml: '<a><b></a>', want: 'stop parse/malformed 6' },
    { why: 'a closing tag too many', xml: '<a/></a>', want: 'stop parse/malformed 4' },
    { why: 'an attribute twice', xml: '<a b="1" b="2"/>', want: 'stop parse/malformed 9' },
    { why: 'no space before an attribute', xml: '<a b="1"c="2"/>', want: 'stop parse/malformed 8' },
    { why: 'a value without quotes', xml: '<a b=1/>', want: 'stop parse/malformed 5' },
    { why: 'an attribute without a value', xml: '<a b/>', want: 'stop parse/malformed 4' },
    { why: '< in a value', xml: '<a b="<"/>', want: 'stop parse/malformed 6' },
    { why: 'a tag without a name', xml: '<a>< b/></a>', want: 'stop parse/malformed 4' },
    { why: 'a name that begins with a digit', xml: '<1/>', want: 'stop parse/malformed 1' },
    { why: 'text before the root', xml: ' x<a/>', want: 'stop parse/malformed 1' },
    { why: 'text after the root', xml: '<a/>x', want: 'stop parse/malformed 4' },
    { why: 'the end inside an element', xml: '<a><b>', want: 'stop parse/cut 6' },
    { why: 'the end inside a tag', xml: '<a><b c="', want: 'stop parse/cut 9' },
    { why: 'the end inside a comment', xml: '<a/><!-- ', want: 'stop parse/cut 9' },
    { why: 'a new declaration inside a document that was cut', xml: '<a><b><?xml version="1.0"?>', want: 'stop parse/cut 6' },
    { why: 'a doctype inside the root', xml: '<a><!DOCTYPE a></a>', want: 'stop parse/malformed 3' },
  ])('stops: $why', ({ xml, want }) => {
    expect(tokens(xml)).toContain(want);
  }); // prettier-ignore

  test('goes on with the next document after one that cannot be read', () => {
    expect(tokens('<a><b></a> garbage <?xml version="1.0"?><c/>').slice(-3)).toEqual([
      'stop parse/malformed 6',
      'open c []',
      'close c',
    ]);
    expect(tokens('<a b="cut<?xml version="1.0"?><c/>').slice(-3)).toEqual([
      'stop parse/malformed 9',
      'open c []',
      'close c',
    ]);
  });

  test.each([
    { why: 'an entity bomb', xml: '<!DOCTYPE a [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]><a>&b;</a>' },
    { why: 'an external entity', xml: '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>' },
    { why: 'an empty internal subset', xml: '<!DOCTYPE a []><a/>' },
    { why: 'an external subset and an internal one', xml: '<!DOCTYPE a SYSTEM "http://192.0.2.1/" [<!ENTITY % x "y">]><a/>' },
  ])('refuses a document that declares: $why', ({ xml }) => {
    expect(() => tokens(xml)).toThrow(Fault);
    expect(() => tokens(xml)).toThrow(/declares entities/);
  }); // prettier-ignore
});

describe('limits of the tokenizer', () => {
  test.each([
    { why: 'a tag', xml: `<a b="${'x'.repeat(100)}"/>`, limits: { maxTokenBytes: 50 }, want: 'stop parse/limit 0' },
    { why: 'a text', xml: `<a>${'x'.repeat(100)}</a>`, limits: { maxTokenBytes: 50 }, want: 'stop parse/limit 3' },
    { why: 'a comment', xml: `<a><!--${'x'.repeat(100)}--></a>`, limits: { maxTokenBytes: 50 }, want: 'stop parse/limit 3' },
    { why: 'a doctype', xml: `<!DOCTYPE ${'x'.repeat(100)}><a/>`, limits: { maxTokenBytes: 50 }, want: 'stop parse/limit 0' },
    { why: 'a declaration that is itself too long', xml: `<?xml ${'x'.repeat(100)}?><a/>`, limits: { maxTokenBytes: 50 }, want: 'stop parse/limit 0' },
    { why: 'depth', xml: '<a>'.repeat(6), limits: { maxDepth: 5 }, want: 'stop parse/limit 15' },
    { why: 'attributes', xml: '<a b="" c="" d=""/>', limits: { maxAttributes: 2 }, want: 'stop parse/limit 13' },
  ])('$why', ({ xml, limits, want }) => {
    expect(tokens(xml, limits)).toContain(want);
    expect(tokensOf(Array.from(Buffer.from(xml), (byte) => Uint8Array.of(byte)), limits)).toContain(want);
  }); // prettier-ignore

  test('what is just within them passes', () => {
    const limits = { maxTokenBytes: 30, maxDepth: 2, maxAttributes: 2 };
    expect(
      tokens('<a b="1" c="2"><d>30 characters of text, surely.</d></a>', limits).filter((line) =>
        COMPLAINT.test(line),
      ),
    ).toEqual([]);
  });

  test.each([
    { why: '200,000 elements in each other', pieces: ['<a>'.repeat(200_000)] },
    { why: 'a value of 64 MB', pieces: ['<a b="', ...Array.from({ length: 64 }, () => 'x'.repeat(1024 * 1024)), '"/>'] },
    { why: 'a text of 64 MB', pieces: ['<a>', ...Array.from({ length: 64 }, () => 'x'.repeat(1024 * 1024)), '</a>'] },
    { why: 'a million attributes', pieces: ['<a', ...Array.from({ length: 1_000_000 }, (_, index) => ` a${index}=""`)] },
  ])('hostile: $why is refused and not kept', ({ pieces }) => {
    const said: string[] = [];
    const handler: XmlHandler = {
      open: () => undefined,
      close: () => undefined,
      text: () => undefined,
      stop: ({ code }) => said.push(code),
      report: () => undefined,
    };
    const tokenizer = new XmlTokenizer(handler, []);
    const before = process.memoryUsage.rss();
    for (const piece of pieces) tokenizer.push(Buffer.from(piece));
    expect(said).toEqual(['parse/limit']);
    // Its window may have doubled up to twice the longest token, plus what the test itself holds.
    expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
  }); // prettier-ignore
});

/** Names, values and texts that use all that XML has. */
const name = fc.constantFrom('a', 'host', 'port', 'table', 'x-y.z_1', 'A:b');
const plainText = fc.string({
  unit: fc.constantFrom(
    'a',
    ' ',
    '\n',
    '\t',
    '\r\n',
    'é',
    '😀',
    '&amp;',
    '&#10;',
    '&#x41;',
    '&lt;',
    ']',
    '"',
    "'",
    '>',
  ),
});
const value = plainText.map((text) => text.replaceAll('"', '&quot;'));
const element: fc.Memo<string> = fc.memo((depth) => {
  const attributes = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 3 });
  const open = fc
    .tuple(name, attributes)
    .map(([tag, pairs]) => [tag, pairs.map(([key, text]) => ` ${key}="${text}"`).join('')] as const);
  if (depth <= 1) return open.map(([tag, pairs]) => `<${tag}${pairs}/>`);
  const child = fc.oneof(
    element(),
    plainText,
    fc.constant('<!-- c -->'),
    fc.constant('<![CDATA[<x>&]]>'),
    fc.constant('<?pi x?>'),
  );
  return fc
    .tuple(open, fc.array(child, { maxLength: 4 }))
    .map(([[tag, pairs], children]) => `<${tag}${pairs}>${children.join('')}</${tag}>`);
});
const document = element(4).map((xml) => `<?xml version="1.0"?>\n${xml}\n`);

/** The same lines as tokensOf, said by saxes; undefined when it finds an error. */
function oracle(xml: string): string[] | undefined {
  const said: string[] = [];
  let text = '';
  let failed = false;
  const say = (line: string): void => {
    if (text !== '') said.push(`text ${JSON.stringify(text)}`);
    text = '';
    said.push(line);
  };
  let depth = 0;
  const parser = new SaxesParser();
  parser.on('error', () => {
    failed = true;
  });
  parser.on('opentag', (tag) => {
    depth += 1;
    say(`open ${tag.name} ${JSON.stringify(Object.entries(tag.attributes))}`);
  });
  parser.on('closetag', (tag) => {
    say(`close ${tag.name}`);
    depth -= 1;
  });
  const onText = (piece: string): void => {
    if (depth > 0) text += piece;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.write(xml).close();
  return failed ? undefined : said;
}

/** How many elements were opened outside any other. */
function rootsOf(said: readonly string[]): number {
  let depth = 0;
  let roots = 0;
  for (const line of said) {
    if (line.startsWith('open')) roots += depth++ === 0 ? 1 : 0;
    else if (line.startsWith('close')) depth -= 1;
  }
  return roots;
}

/** Where we and saxes read a document differently and should not; undefined when we agree. */
function disagreement(xml: string): string | undefined {
  const want = oracle(xml);
  let ours: string[];
  try {
    ours = tokens(xml);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    ours = [`stop ${error.code}`];
  }
  if (want !== undefined) {
    return JSON.stringify(ours) === JSON.stringify(want)
      ? undefined
      : `we say ${ours.join()}, saxes ${want.join()}`;
  }
  // Several documents, or none, are nothing to saxes.
  const complained = ours.some((line) => COMPLAINT.test(line));
  if (complained || rootsOf(ours) !== 1 || oracle(withoutLaxity(xml)) !== undefined) return undefined;
  return `saxes refuses it, and we say ${ours.join()}`;
}

describe('against saxes', () => {
  test('well-formed documents read the same', () => {
    fc.assert(
      fc.property(document, (xml) => {
        const want = oracle(xml);
        fc.pre(want !== undefined);
        expect(tokens(xml)).toEqual(want);
      }),
      { numRuns: 500 },
    );
  });

  test('mutated documents: what saxes accepts reads the same, what we take without complaint it refuses only where we say we are laxer', () => {
    const place = fc.nat(100_000);
    const edit = fc.tuple(
      place,
      fc.nat(6),
      fc.constantFrom('', '<', '>', '"', '&', '/', 'a', ' ', '=', '<a>', '</a>', '-->', ']]>', '\u0001'),
    );
    fc.assert(
      fc.property(document, fc.array(edit, { minLength: 1, maxLength: 3 }), (xml, edits) => {
        let mutated = xml;
        for (const [at, drop, insert] of edits) {
          const from = at % (mutated.length + 1);
          mutated = mutated.slice(0, from) + insert + mutated.slice(from + drop);
        }
        // Half a surrogate pair cannot be written as UTF-8.
        fc.pre(!/[\uD800-\uDFFF]/u.test(mutated));
        expect(disagreement(mutated)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });
});

/**
 * What is left of a document when that is taken out in which we are laxer than XML on purpose: comments
 * may hold `--`, instructions and the declaration anything, and neither has a place of its own.
 */
function withoutLaxity(xml: string): string {
  return xml.replace(/<!--[^]*?-->|<[?][^]*?[?]>/g, '');
}

test('cutting the bytes anywhere gives the same tokens', () => {
  const limits = { maxTokenBytes: 60, maxDepth: 3, maxAttributes: 3 };
  fc.assert(
    fc.property(fc.oneof(document, fc.string({ unit: fc.constantFrom('<', '>', 'a', '/', ' ', '"', '=', '&', ';', '!', '-', '?', '[', ']', '\n', 'é', '<?xml ?>', '<!--', '<a b="') })), fc.array(fc.nat(400)), (xml, cuts) => {
      const bytes = Buffer.from(xml);
      const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
      const chunks = [...places, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], end));
      const attempt = (pieces: readonly Uint8Array[]): string[] => {
        try {
          return tokensOf(pieces, limits);
        } catch (error) {
          return [String(error)];
        }
      };
      expect(attempt(chunks)).toEqual(attempt([bytes]));
    }),
    { numRuns: 1_000 },
  );
}); // prettier-ignore
