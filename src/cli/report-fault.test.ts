import { describe, expect, test } from 'vitest';
import { ConfigFault } from '../config/problem.ts';
import { Fault } from '../fault/fault.ts';
import { describeFailure, reportOf } from './report-fault.ts';

const plain = { json: false, debug: false };

describe('describeFailure', () => {
  test('a fault: message, place, fix', () => {
    const fault = new Fault('parse/not-nmap', 'this is no Nmap output', 'Give an Nmap XML file.', {
      file: 'a.xml',
      line: 3,
      column: 7,
    });
    expect(describeFailure(fault, plain)).toBe(
      'tidemark: this is no Nmap output (a.xml:3:7)\nfix: Give an Nmap XML file.',
    );
  });

  test('hostile words in a fault stay on their line and act on nothing', () => {
    const fault = new Fault('parse/x', 'bad \u001B[31m\r\nline', 'Look at \u0007it.', {
      file: '\u001B]0;x\u0007.xml',
    });
    expect(describeFailure(fault, plain)).toBe(
      'tidemark: bad \\x1b[31m\\r\\nline (\\x1b]0;x\\x07.xml)\nfix: Look at \\x07it.',
    );
  });

  test('the operating system refuses: in words, with the path', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
      path: '/data/x',
    });
    expect(describeFailure(error, plain)).toBe(
      'tidemark: no space left on the device (write) (/data/x)\nfix: Free some space, or move the data with --data-dir.',
    );
  });

  test('anything else is called a bug, and its stack is shown only when asked for', () => {
    const error = new TypeError('x is not a function', { cause: new Error('the cause') });
    expect(describeFailure(error, plain)).toBe(
      'tidemark: a bug in tidemark: TypeError: x is not a function\nfix: Run the same command with --debug and report what it prints.',
    );
    const debugged = describeFailure(error, { json: false, debug: true });
    expect(debugged).toContain('report-fault.test.ts');
    expect(debugged).toContain('caused by Error: the cause');
  });

  test('line ends in a message begin no line of the stack', () => {
    const error = new Fault('parse/x', 'no file a\nLOW RISK  0/100', 'Look.', {}, { cause: 'b\nLOW RISK' });
    const debugged = describeFailure(error, { json: false, debug: true });
    expect(debugged).not.toMatch(/^LOW RISK/m);
    expect(debugged).toMatch(/^ {4}at .*report-fault\.test\.ts/m);
    expect(debugged).toMatch(/^caused by b\\nLOW RISK$/m);
  });

  test('as JSON: the documented shape, all problems of a configuration', () => {
    const problem = {
      code: 'config/unknown-key' as const,
      message: 'unknown key "a"',
      fix: 'Remove it.',
      where: { line: 1 },
    };
    const error = new ConfigFault([problem, { ...problem, message: 'unknown key "b"' }]);
    expect(JSON.parse(describeFailure(error, { json: true, debug: false }))).toEqual({
      schema: 'tidemark/error/1',
      code: 'config/unknown-key',
      message: 'unknown key "a" (and 1 more: see `tidemark config check`)',
      fix: 'Remove it.',
      where: { line: 1 },
      problems: [problem, { ...problem, message: 'unknown key "b"' }],
    });
  });
});

test('what is thrown but no error is reported too', () => {
  expect(reportOf('just a string', false)).toMatchObject({
    code: 'cli/bug',
    message: 'a bug in tidemark: just a string',
  });
});
