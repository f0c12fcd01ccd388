import { describe, expect, test } from 'vitest';
import { isHarmlessFunction, isHarmlessTableFunction } from './sql-functions.ts';
import { checkTree, readQuestion } from './sql-guard.ts';

describe('readQuestion', () => {
  test.each([
    {
      why: 'takes comments and the semicolon away',
      sql: '/* a */ SELECT/**/1 -- b\n;;',
      want: { kind: 'select', text: 'SELECT 1', explain: false },
    },
    {
      why: 'keeps what looks like a comment in a string',
      sql: "SELECT '/* -- */'",
      want: { kind: 'select', text: "SELECT '/* -- */'", explain: false },
    },
    {
      why: 'knows an explanation',
      sql: 'explain select 1',
      want: { kind: 'select', text: 'select 1', explain: true },
    },
    { why: 'knows a description', sql: 'DESC `runs`', want: { kind: 'describe', view: 'runs' } },
    { why: 'knows the list', sql: 'show tables;', want: { kind: 'list' } },
    {
      why: 'takes clause words as quoted names',
      sql: 'SELECT 1 AS `format`, 2 AS "settings"',
      want: { kind: 'select', text: 'SELECT 1 AS `format`, 2 AS "settings"', explain: false },
    },
  ])('$why', ({ sql, want }) => {
    expect(readQuestion(sql)).toEqual(want);
  });
});

describe('checkTree', () => {
  const readable = { views: new Set(['runs']), closed: new Set(['scan_run']) };
  const select = [
    'SelectWithUnionQuery (children 1)',
    ' ExpressionList (children 1)',
    '  SelectQuery (children 1)',
    '   ExpressionList (children 1)',
  ];

  test('takes what it knows', () => {
    expect(() =>
      checkTree([...select, '    Function count (alias n) (children 1)', '     ExpressionList'], readable),
    ).not.toThrow();
  });

  test.each([
    { why: 'no tree', lines: [] },
    { why: 'another statement', lines: ['DropQuery  x (children 1)', ' Identifier x'] },
    { why: 'two statements', lines: [...select, 'SelectWithUnionQuery (children 1)'] },
    { why: 'a node that is not known', lines: [...select, '    SomethingNew (children 1)'] },
    { why: 'a line that is no node', lines: [...select, '    and then some'] },
    { why: 'a line that hangs in the air', lines: [...select, '          Literal 1'] },
    {
      why: 'an output file',
      lines: ['SelectWithUnionQuery (children 2)', ' ExpressionList', " Literal '/tmp/x'"],
    },
    { why: 'settings', lines: [...select, '   Set'] },
    { why: 'a function that is not known', lines: [...select, '    Function somethingNew (children 1)'] },
    { why: 'a function with a strange name', lines: [...select, '    Function count x (children 1)'] },
    { why: 'a closed table', lines: [...select, '    TableIdentifier scan_run (alias runs)'] },
    { why: 'a table of another database', lines: [...select, '    TableIdentifier system.one'] },
    {
      why: 'a closed table in IN',
      lines: [
        ...select,
        '    Function in (children 1)',
        '     ExpressionList (children 2)',
        '      Identifier a',
        '      Identifier scan_run',
      ],
    },
  ])('refuses $why', ({ lines }) => {
    expect(() => checkTree(lines, readable)).toThrow(expect.objectContaining({ code: 'query/refused' }));
  });
});

describe('functions', () => {
  test.each([
    'count',
    'COUNT',
    'uniqExactIf',
    'sumMapMerge',
    'quantileTDigestArrayOrNull',
    'toString',
    'arrayMap',
    'lambda',
    'in',
    'notIn',
    'row_number',
    'toIntervalDay',
    'JSONExtractString',
    'isIPAddressInRange',
  ])('%s computes', (name) => {
    expect(isHarmlessFunction(name)).toBe(true);
  });

  test.each([
    'file',
    'File',
    'sleep',
    'sleepEachRow',
    'dictGet',
    'joinGet',
    'getSetting',
    'getServerSetting',
    'getMacro',
    'hostName',
    'currentUser',
    'currentDatabase',
    'version',
    'filesystemAvailable',
    'reverseDNSQuery',
    'aiGenerate',
    'showCertificate',
    'addressToLine',
    'evalMLMethod',
    'catboostEvaluate',
    'hasColumnInTable',
    'globalVariable',
    'chdb',
    'encrypt',
    'viewExplain',
    'if_',
    'fileIf',
    'MapIf',
    '',
  ])('%s does not', (name) => {
    expect(isHarmlessFunction(name)).toBe(false);
  });

  test('of tables: only those that read nothing', () => {
    expect(['numbers', 'zeros', 'generateSeries'].every(isHarmlessTableFunction)).toBe(true);
    expect(
      [
        'file',
        'url',
        's3',
        'remote',
        'cluster',
        'merge',
        'view',
        'values',
        'input',
        'executable',
        'mysql',
        'null',
        'loop',
      ].some(isHarmlessTableFunction),
    ).toBe(false);
  });
});
