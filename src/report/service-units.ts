/**
 * A systemd service and timer that start a command every few minutes, and a line for cron that does the same.
 * `words`: the command, word by word, as it is to be run.
 */
export function serviceUnits(words: readonly string[], everyMinutes: number): string {
  return `# /etc/systemd/system/tidemark-schedule.service
[Unit]
Description=Scans of Tidemark that are due
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=${words.map(systemdWord).join(' ')}
# 1: there are findings. 2 is a failure.
SuccessExitStatus=1
NoNewPrivileges=yes
AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN
CapabilityBoundingSet=CAP_NET_RAW CAP_NET_ADMIN

# /etc/systemd/system/tidemark-schedule.timer
[Unit]
Description=Looks for scans of Tidemark that are due

[Timer]
OnCalendar=*:0/${everyMinutes}

[Install]
WantedBy=timers.target

# crontab(5), instead of systemd
*/${everyMinutes} * * * * ${words.map(cronWord).join(' ')}
`;
}

/** systemd.service(5), "Command lines": double quotes with C escapes; `%` and `$` are doubled. */
function systemdWord(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(text)
    ? text
    : `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
}

/** A word for sh in a crontab: in single quotes; `%` is a line break to cron unless it is escaped (crontab(5)). */
function cronWord(word: string): string {
  const text = /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  // A backslash within quotes reaches sh, so the percent stands outside of them.
  return text.replaceAll('%', `'\\%'`);
}
