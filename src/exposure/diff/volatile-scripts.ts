/**
 * Script output that differs from run to run on a host that did not change. A data file: one row
 * per script, each with its reason. What is not listed here is compared as it stands.
 */
export interface VolatileScript {
  /** Script id, or a pattern for a family of scripts. */
  readonly id: string | RegExp;
  /** Nothing in the output is stable: only that the script answered is compared. */
  readonly whole?: true;
  /** Structured output: elements and tables with these keys are left out, at any depth. */
  readonly keys?: readonly string[];
  /** Text output: what matches is left out. Every pattern is global and runs in linear time. */
  readonly text?: readonly RegExp[];
  /** The order of rows is the script's or the feed's choice, not the host's. */
  readonly unordered?: true;
  readonly why: string;
}

/** `Mon, 05 Jan 2026 10:00:00 GMT` and `Mon Jan  5 10:00:00 2026`. */
const DATE =
  /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? {1,2}(?:\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2}(?: [+-]\d{4}| [A-Z]{3,4})?|[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} (?:[A-Z]{3,4} )?\d{4})/g;
/** `2026-01-05T10:00:00Z`, `2026-01-05 10:00:00+00:00`. */
const ISO_DATE = /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?/g;

/** A line of text output that begins with one of these labels. */
function lines(...labels: readonly string[]): RegExp {
  return new RegExp(`^[ \\t|_]*(?:${labels.join('|')})[ \\t]*[:=][^\\n]*$`, 'gim');
}

export const VOLATILE_SCRIPTS: readonly VolatileScript[] = [
  { id: 'clock-skew', whole: true, why: 'the skew is measured anew and jitters' },
  { id: 'http-date', whole: true, why: 'the time of the request' },
  { id: 'ssl-date', whole: true, why: 'the time of the request, or random bytes' },
  { id: 'daytime', whole: true, why: 'the time of the request' },
  { id: 'rfc868-time', whole: true, why: 'the time of the request' },
  {
    id: 'ntp-info',
    text: [
      lines(
        'receive time stamp',
        'refid',
        'reftime',
        'clock',
        'offset',
        'frequency',
        'jitter',
        'noise',
        'stability',
        'rootdelay',
        'rootdisp(?:ersion)?',
        'peer',
        'poll',
        'mintc',
        'tc',
        'state',
        'phase',
        'clk_jitter',
        'clk_wander',
        'sys_jitter',
        'expire',
      ),
    ],
    keys: [
      'receive time stamp',
      'refid',
      'reftime',
      'clock',
      'offset',
      'frequency',
      'jitter',
      'noise',
      'stability',
      'rootdelay',
      'rootdisp',
      'rootdispersion',
      'peer',
      'poll',
      'mintc',
      'tc',
      'state',
      'phase',
      'clk_jitter',
      'clk_wander',
      'sys_jitter',
      'expire',
    ],
    why: 'the state of the time daemon at that moment',
  },
  { id: 'smb2-time', text: [lines('date')], keys: ['date'], why: 'the present time; the start date is kept' },
  {
    id: 'smb-os-discovery',
    text: [lines('System time')],
    keys: ['date', 'System time'],
    why: 'the present time',
  },
  { id: /-ntlm-info$/, text: [lines('System_Time')], keys: ['System_Time'], why: 'the present time' },
  {
    id: 'fingerprint-strings',
    whole: true,
    why: 'raw answers with dates, cookies and nonces in their headers',
  },
  { id: 'ssh-hostkey', unordered: true, why: 'keys are listed in the order they were fetched' },
  { id: 'vulners', unordered: true, why: 'rows follow a remote feed, equal scores in any order' },
  { id: 'vulscan', unordered: true, why: 'rows follow a remote feed' },
  {
    id: 'http-headers',
    text: [
      lines(
        'Date',
        'Expires',
        'Last-Modified',
        'ETag',
        'Age',
        'Set-Cookie',
        'X-Request-Id',
        'X-Runtime',
        'X-Amzn-[A-Za-z-]+',
        'X-Amz-[A-Za-z-]+',
        'CF-RAY',
        'X-Cache[A-Za-z-]*',
        'X-Served-By',
        'X-Timer',
        'Via',
        'Content-Length',
      ),
    ],
    why: 'times, identifiers and nonces of one answer',
  },
  {
    id: 'http-security-headers',
    text: [DATE, /\bnonce-[A-Za-z0-9+/=_-]+/g],
    why: 'nonces in a content security policy, expiry dates',
  },
  { id: 'http-cookie-flags', unordered: true, why: 'cookies come in any order' },
  { id: 'http-methods', unordered: true, why: 'methods come in any order' },
  {
    id: 'banner',
    text: [DATE, ISO_DATE, /<[^<>@\s]{1,200}@[^<>\s]{1,200}>/g],
    why: 'greetings carry the time and an APOP challenge',
  },
  { id: 'smtp-commands', text: [DATE], why: 'some servers greet with the time' },
  {
    id: 'mysql-info',
    text: [lines('Thread ID', 'Salt')],
    keys: ['Thread ID', 'Salt'],
    why: 'connection counter and nonce',
  },
  {
    id: /^(?:imap|pop3)-capabilities$/,
    text: [/\S+completed\S*/gi],
    unordered: true,
    why: 'words come in any order',
  },
  { id: 'snmp-sysdescr', text: [lines('System uptime')], why: 'uptime' },
  { id: 'snmp-info', text: [lines('snmpEngineTime')], keys: ['snmpEngineTime'], why: 'uptime' },
  { id: 'snmp-interfaces', text: [lines('Traffic stats')], why: 'traffic counters' },
  { id: /^snmp-(?:netstat|processes)$/, whole: true, why: 'connections and processes of that moment' },
  {
    id: 'redis-info',
    text: [
      lines('Connected clients', 'Used CPU[^:=]*', 'Client connections', 'Connected slaves', 'Uptime[^:=]*'),
    ],
    keys: ['Connected clients', 'Used CPU (sys)', 'Used CPU (user)', 'Client connections'],
    why: 'counters',
  },
  {
    id: 'memcached-info',
    text: [lines('Process ID', 'Uptime', 'Server time', 'Current connections', 'Total connections')],
    keys: ['Process ID', 'Uptime', 'Server time', 'Current connections', 'Total connections'],
    why: 'counters and the present time',
  },
  {
    id: 'mongodb-info',
    text: [
      lines(
        'uptime[A-Za-z]*',
        'localTime',
        'current',
        'available',
        'totalCreated',
        'bytesIn',
        'bytesOut',
        'numRequests',
        'resident',
        'virtual',
        'mapped',
      ),
    ],
    keys: [
      'uptime',
      'uptimeMillis',
      'uptimeEstimate',
      'localTime',
      'connections',
      'network',
      'opcounters',
      'mem',
      'extra_info',
      'globalLock',
      'metrics',
      'cursors',
      'asserts',
      'tcmalloc',
      'wiredTiger',
      'locks',
    ],
    why: 'server status counters',
  },
  { id: 'uptime-agent-info', whole: true, why: 'system state of that moment' },
  { id: 'qscan', whole: true, why: 'round-trip times' },
  { id: 'ipidseq', whole: true, why: 'a statistical guess from a handful of replies' },
  { id: /^traceroute-/, whole: true, why: 'routes and round-trip times' },
  {
    id: /^(?:broadcast-)?dhcp-discover$/,
    text: [lines('IP Offered', 'IP Address Lease Time', 'Renewal[^:=]*', 'Rebinding[^:=]*')],
    keys: ['IP Offered', 'IP Address Lease Time', 'Renewal Time Value', 'Rebinding Time Value'],
    why: 'a lease per request',
  },
  { id: 'broadcast-ping', whole: true, why: 'round-trip times' },
  { id: 'rpcinfo', unordered: true, why: 'registrations are listed in any order' },
  {
    id: 'bitcoin-info',
    text: [lines('Timestamp', 'Lastblock')],
    keys: ['Timestamp', 'Lastblock'],
    why: 'the present time and the tip of the chain',
  },
  { id: 'http-trace', text: [DATE], why: 'the time of the request' },
  { id: 'iscsi-info', unordered: true, why: 'targets come in any order' },
  { id: 'nfs-statfs', whole: true, why: 'free space of that moment' },
  { id: 'nfs-ls', text: [ISO_DATE], why: 'access times' },
  { id: 'cups-queue-info', whole: true, why: 'print jobs of that moment' },
];

const byId = new Map(VOLATILE_SCRIPTS.flatMap((row) => (typeof row.id === 'string' ? [[row.id, row]] : [])));
const patterns = VOLATILE_SCRIPTS.filter((row) => typeof row.id !== 'string');

/** The row for a script, if its output is volatile. */
export function volatility(id: string): VolatileScript | undefined {
  return byId.get(id) ?? patterns.find((row) => row.id instanceof RegExp && row.id.test(id));
}
