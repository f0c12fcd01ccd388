import { describe, expect, test } from 'vitest';
import { compileExpression, ExpressionRefused, MAX_EXPRESSION_LENGTH } from './expression.ts';
import { completeFacts } from './policy-tests.ts';

function refusal(text: string): { message: string; offset: number } {
  try {
    compileExpression(text);
  } catch (error) {
    if (error instanceof ExpressionRefused) return { message: error.message, offset: error.offset };
    throw error;
  }
  return { message: 'taken', offset: -1 };
}

describe('conditions that are taken', () => {
  const facts = completeFacts({
    port: { number: 8443, scripts: [{ id: 'http-title', output: 'Login' }] },
    service: { name: 'http', product: 'nginx', version: '1.24.0', tunnel: 'ssl' },
    host: {
      address: '10.1.2.3',
      names: ['web1.example'],
      roles: ['web'],
      open_ports: [22, 8443],
      open_count: 2,
    },
  });
  test.each([
    ['port.number in [443, 8443] && service.tunnel == "ssl"', true],
    ['port.number * 2 == 16886', true],
    ['host.open_ports[0] == 22', true],
    ['host.address.inPrefix("10.0.0.0/8")', true],
    ['host.address.inPrefix("2001:db8::/32")', false],
    ['service.product.matches("(?i)NGINX|apache")', true],
    ['port.scripts.exists(s, s.id == "http-title" && s.output.contains("Login"))', true],
    ['"web" in host.roles && !("db" in host.roles)', true],
    ['host.names.all(n, n.endsWith(".example"))', true],
    ['size(host.open_ports) == 2', true],
    ['host.open_ports.filter(p, p > 1024).size() == 1', true],
    ['service.product.lowerAscii() == "nginx" ? true : false', true],
    ['baseline.expected', false],
  ] as const)('%s', (text, want) => {
    expect(compileExpression(text).evaluate(facts)).toBe(want);
  });

  test('what is read is known, which is what lets answers be remembered', () => {
    const { reads } = compileExpression('port.number == 1 && host.open_ports.exists(p, p == 2)');
    expect([...reads]).toEqual(['port.number', 'host.open_ports']);
  });
});

describe('conditions that are refused', () => {
  test.each([
    { why: 'no CEL', text: 'port.number = 23', says: /not a CEL expression/, offset: 12 },
    { why: 'an unknown fact', text: 'port.numbr == 23', says: /unknown fact port.numbr/, offset: 4 },
    { why: 'an unknown root', text: 'process.env == ""', says: /unknown fact process/, offset: 0 },
    {
      why: 'the way to a prototype',
      text: 'service.constructor == ""',
      says: /unknown fact service.constructor/,
      offset: 7,
    },
    { why: 'an unknown function', text: 'true && eval("1")', says: /unknown function eval/, offset: 8 },
    {
      why: 'a loop in a loop',
      text: 'host.names.exists(a, host.names.exists(b, a == b))',
      says: /loop within a loop/,
      offset: 31,
    },
    {
      why: 'a loop over a loop',
      text: 'host.names.map(a, a).exists(b, b == "")',
      says: /loop within a loop/,
      offset: 10,
    },
    {
      why: 'a pattern from a host',
      text: '"x".matches(service.product)',
      says: /must be written out/,
      offset: 3,
    },
    {
      why: 'a pattern that looks ahead',
      text: 'service.product.matches("(?=a)")',
      says: /regexp/,
      offset: 15,
    },
    { why: 'a map', text: '{"a": 1} == {"a": 1}', says: /cannot be built/, offset: 0 },
    { why: 'half of a surrogate pair', text: 'service.product == "\\ud800"', says: /surrogate/, offset: 0 },
    {
      why: 'too long',
      text: `true ${'|| true '.repeat(MAX_EXPRESSION_LENGTH / 8)}`,
      says: /characters/,
      offset: 0,
    },
    {
      why: 'too many parts',
      text: Array.from({ length: 260 }, () => '1<2').join('||'),
      says: /parts/,
      offset: expect.any(Number),
    },
    {
      why: 'deep nesting',
      text: `${'('.repeat(900)}true${')'.repeat(900)}`,
      says: /taken|not a CEL/,
      offset: expect.any(Number),
    },
    { why: 'nothing', text: '', says: /not a CEL expression/, offset: 0 },
  ])('$why', ({ text, says, offset }) => {
    const { message, offset: at } = refusal(text);
    expect(message).toMatch(says);
    expect(at).toEqual(offset);
  });
});

describe('answers', () => {
  test('a condition that does not say yes or no, and one that fails, say so', () => {
    const facts = completeFacts({});
    expect(compileExpression('port.number').evaluate(facts)).toEqual({
      failed: 'the condition does not say yes or no',
    });
    expect(compileExpression('host.open_ports[3] == 1').evaluate(facts)).toEqual({
      failed: expect.any(String),
    });
    expect(compileExpression('host.address.inPrefix("10.0.0.0/99")').evaluate(facts)).toEqual({
      failed: expect.stringContaining('not an address block'),
    });
  });

  test.each([
    '\u001b[31m',
    '<script>',
    '\ud800',
    '\u0000',
    '\u202e',
    '"; drop table',
    '${x}',
    'a'.repeat(4_096),
  ])('hostile text %j is only text', (text) => {
    const facts = completeFacts({ service: { name: text, product: text }, host: { names: [text] } });
    const say = (condition: string) => compileExpression(condition).evaluate(facts);
    expect(say('service.product.matches("(a+)+$")')).toBe(text.startsWith('aaaa'));
    expect(say('service.product == service.name')).toBe(true);
    expect(say('host.names.exists(n, n.contains("tidemark"))')).toBe(false);
  });
});
