import { hostsInOrder } from '../exposure/flow/baselines.ts';
import type { Baseline, ExpectedHost, ExpectedPort } from '../exposure/model/baseline.ts';
import { parsePortKey } from '../net/port-key.ts';
import { toSeconds, type Instant } from '../time/instant.ts';
import { escapeLua } from './escape-lua.ts';

/** When the file was written, and until when it can be relied on. */
export interface NseDataTimes {
  readonly written: Instant;
  /** When the next approval ends; past it the script says that the file is out of date. */
  readonly until?: Instant;
}

/**
 * A baseline as the data file of the NSE script (`nseScript`), one record a line, fields apart by tabs, in ASCII:
 *
 *     tidemark-baseline  1                       the format, first line
 *     baseline   VERSION  WRITTEN  UNTIL         seconds since 1970; UNTIL may be empty
 *     coverage   NUMBER   PROTOCOL  PORTS        PORTS as 1-1024,8080; hosts share them
 *     host       ADDRESS  up|gone  MAC  NUMBERS  NUMBERS of its coverage, apart by commas; MAC may be empty
 *     port       443/tcp  STATE  habit|  METHOD  TUNNEL  NAME  PRODUCT  VERSION     of the host above
 *     end        HOSTS                           last line: without it the file was cut short
 *
 * It is data and no Lua: the script never compiles or runs anything that it reads here, so a string that a scanned
 * host wrote could not become code even if its escape were wrong. Every field that others write is escaped
 * (`escapeLua`) all the same: a tab or a line feed in a banner must not become a record. Give the baseline as
 * `expectedAt` makes it, so that approvals that have ended excuse nothing.
 */
export function* nseData(baseline: Baseline, times: NseDataTimes): Generator<string> {
  yield record('tidemark-baseline', 1);
  yield record(
    'baseline',
    baseline.version,
    Math.floor(toSeconds(times.written)),
    times.until === undefined ? '' : Math.ceil(toSeconds(times.until)),
  );
  const numbers = new Map<string, number>();
  const hosts = hostsInOrder(baseline);
  for (const host of hosts) {
    const covered: number[] = [];
    for (const [protocol, ports] of Object.entries(host.coverage)) {
      const key = `${protocol} ${ports}`;
      const known = numbers.get(key);
      covered.push(known ?? numbers.size + 1);
      if (known !== undefined) continue;
      numbers.set(key, numbers.size + 1);
      yield record('coverage', numbers.size, protocol, ports);
    }
    yield hostRecord(host, covered);
    for (const port of host.ports.values()) yield portRecord(port);
  }
  yield record('end', hosts.length);
}

function hostRecord(host: ExpectedHost, covered: readonly number[]): string {
  return record('host', host.host, host.presence, escapeLua(host.mac ?? ''), covered.join(','));
}

function portRecord({ port, state, flapping, service }: ExpectedPort): string {
  const { portid, protocol } = parsePortKey(port)!;
  const words = [service?.method, service?.tunnel, service?.name, service?.product, service?.version];
  return record(
    'port',
    `${portid}/${protocol}`,
    escapeLua(state),
    flapping ? 'habit' : '',
    ...words.map((word) => escapeLua(word ?? '')),
  );
}

/** Fields that are not ours must come escaped. */
function record(...fields: readonly (string | number)[]): string {
  return `${fields.join('\t')}\n`;
}
