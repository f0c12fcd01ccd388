import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that some tests run against, the Debian package each is in, and what is not tested without it. */
const TOOLS = [
  { command: 'nmap', package: 'nmap', without: 'real scans of local targets are not made' },
  { command: 'ndiff', package: 'ndiff', without: 'the diff is not held against ndiff' },
  { command: 'masscan', package: 'masscan', without: 'real masscan output is not made' },
  { command: 'chromium', package: 'chromium', without: 'the HTML report is not looked at in a browser' },
  { command: 'rsyslogd', package: 'rsyslog', without: 'syslog is not sent to rsyslog' },
  {
    command: 'lmnsd_gtls.so',
    package: 'rsyslog-gnutls',
    found: hasRsyslogTls,
    without: 'syslog over TLS is not sent to rsyslog',
  },
  { command: 'nats-server', package: 'nats-server', without: 'nothing is published to a NATS server' },
  { command: 'aiosmtpd', package: 'python3-aiosmtpd', without: 'no mail is handed to a mail server' },
  { command: 'kcat', package: 'kcat', without: 'batches for Kafka are not read by librdkafka' },
  { command: 'xmllint', package: 'libxml2-utils', without: 'XML is not validated against ndiff’s DTD' },
];

/** rsyslog's driver for TLS is a file in its own package, and no command. */
function hasRsyslogTls() {
  return (
    existsSync('/usr/lib') &&
    readdirSync('/usr/lib').some((name) => existsSync(join('/usr/lib', name, 'rsyslog', 'lmnsd_gtls.so')))
  );
}

function present({ command, found }) {
  if (found !== undefined) return found();
  const { status } = spawnSync(process.platform === 'win32' ? 'where' : 'which', [command], {
    stdio: 'ignore',
  });
  return status === 0;
}

/**
 * Sees to the programs that tests use: installs what is missing where root and apt allow, otherwise
 * names it with what is skipped. Never fails: the tests that need a program skip themselves.
 */
export function provideSystemTools() {
  let missing = TOOLS.filter((tool) => !present(tool));
  if (missing.length > 0 && process.getuid?.() === 0 && present({ command: 'apt-get' })) {
    const packages = missing.map((tool) => tool.package);
    console.log(`system tools: apt-get install ${packages.join(' ')} …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { stdio: ['ignore', 'ignore', 'inherit'], env };
    spawnSync('apt-get', ['-qq', 'update'], options);
    // One by one: a package that a mirror lacks does not keep the others away.
    for (const name of packages)
      spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', name], options);
    missing = missing.filter((tool) => !present(tool));
  }
  if (missing.length === 0) {
    console.log(`system tools: ${TOOLS.map(({ command }) => command).join(', ')}`);
    return;
  }
  for (const tool of missing) {
    console.log(`system tools: ${tool.command} is missing (package ${tool.package}): ${tool.without}`);
  }
}
