/**
 * Services whose `accepted` says that a login succeeded, and `rejected` that it failed. Not HTTP, TLS or DNS: there it
 * says whether a request was answered.
 */
export const LOGIN_SERVICES: ReadonlySet<string> = new Set([
  'ssh',
  'ftp',
  'telnet',
  'rdp',
  'smb',
  'ldap',
  'mysql',
  'postgresql',
  'vnc',
  'imap',
  'pop3',
]);

/** Those in which a person, or a program in a person's place, then works. */
export const INTERACTIVE_SERVICES: ReadonlySet<string> = new Set(['ssh', 'telnet', 'rdp', 'vnc']);
