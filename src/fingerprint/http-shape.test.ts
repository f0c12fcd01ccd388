import { expect, test } from 'vitest';
import { httpShape } from './http-shape.ts';

test.each<[string, string, string]>([
  ['curl', 'Host: a\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n', 'GET/1.1 Host,User-Agent,Accept'],
  ['other capitals are another shape', 'host: a\r\nuser-agent: x\r\n\r\n', 'GET/1.1 host,user-agent'],
  ['a header that comes twice is there twice', 'Cookie: a\r\nCookie: b\r\n\r\n', 'GET/1.1 Cookie,Cookie'],
  ['none', '\r\n', 'GET/1.1 '],
  ['lines that end as they should not', 'Host: a\nAccept: b\n\n', 'GET/1.1 Host,Accept'],
  ['what is behind the headers is not looked at', 'Host: a\r\n\r\nX: y\r\n', 'GET/1.1 Host'],
  ['no header', 'Host: a\r\nnonsense\r\n: b\r\n\u0000x: c\r\n folded: d\r\n\r\n', 'GET/1.1 Host,?,?,?,?'],
  ['a name too long to be one', `${'x'.repeat(41)}: a\r\n\r\n`, 'GET/1.1 ?'],
  ['a head that breaks off', 'Host: a\r\nUser-Ag', 'GET/1.1 Host,…'],
])('%s', (_, headers, want) => {
  expect(httpShape('GET', '1.1', headers)).toBe(want);
}); // prettier-ignore
