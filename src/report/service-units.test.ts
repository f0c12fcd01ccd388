import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { serviceUnits } from './service-units.ts';

const WORDS = [
  '/usr/bin/node',
  '/opt/tide mark/main.js',
  '--config',
  `/etc/o'dd "50%" $HOME\\x.yaml`,
  'run-due',
];
const lines = serviceUnits(WORDS, 5).split('\n');

test('systemd: every word is one again (systemd.service(5))', () => {
  expect(lines.find((line) => line.startsWith('ExecStart='))).toBe(
    String.raw`ExecStart=/usr/bin/node "/opt/tide mark/main.js" --config "/etc/o'dd \"50%%\" $$HOME\\x.yaml" run-due`,
  );
  expect(lines).toContain('OnCalendar=*:0/5');
});

test('cron: what it hands to sh is the same words', () => {
  const line = lines.find((one) => one.startsWith('*/5 * * * * '))!.replace('*/5 * * * * ', '');
  // crontab(5): a percent sign that no backslash stands before would end the command.
  expect(line).not.toMatch(/(?<!\\)%/);
  const printed = execFileSync('/bin/sh', ['-c', `printf '%s\\n' ${line.replaceAll('\\%', '%')}`], {
    encoding: 'utf8',
  });
  expect(printed.trimEnd().split('\n')).toEqual(WORDS);
});
