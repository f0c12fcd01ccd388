import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Two weekly scans of one network as Nmap 7.94 writes them with -sV -O: the same hosts, and the share
 * of change that a month of a real network has. What never changes still moves: times, round trips,
 * reasons' TTLs.
 */
const KINDS = [
  { share: 40, os: 'Microsoft Windows 10 1809 - 22H2', vendor: 'Microsoft', family: 'Windows', gen: '10', ports: [[135, 'msrpc', 'Microsoft Windows RPC', ''], [139, 'netbios-ssn', 'Microsoft Windows netbios-ssn', ''], [445, 'microsoft-ds', '', ''], [3389, 'ms-wbt-server', 'Microsoft Terminal Services', '']] },
  { share: 30, os: 'Linux 5.0 - 6.2', vendor: 'Linux', family: 'Linux', gen: '5.X', ports: [[22, 'ssh', 'OpenSSH', '9.2p1 Debian 2+deb12u3'], [80, 'http', 'nginx', '1.22.1'], [443, 'http', 'nginx', '1.22.1']] },
  { share: 20, os: 'HP LaserJet printer', vendor: 'HP', family: 'embedded', gen: '', ports: [[80, 'http', 'HP HTTP Server', ''], [443, 'https', 'HP HTTP Server', ''], [515, 'printer', '', ''], [631, 'ipp', 'CUPS', '2.4'], [9100, 'jetdirect', '', '']] },
  { share: 10, os: 'Linux 4.15 - 5.19', vendor: 'Linux', family: 'Linux', gen: '4.X', ports: [[22, 'ssh', 'OpenSSH', '8.9p1 Ubuntu 3ubuntu0.10'], [5432, 'postgresql', 'PostgreSQL DB', '14.5 - 14.10'], [6379, 'redis', 'Redis key-value store', '6.0.16']] },
] as const; // prettier-ignore
/**
 * Per ten thousand hosts and week: how many open a port, close one, change a version, change a name, go away,
 * come new. Together 3.2 %: a busy week with a patch day in it.
 */
const RATES = { opened: 60, closed: 50, version: 100, name: 30, gone: 40, fresh: 40 } as const;

/** Writes one of the two scans: `a` before, `b` after. Returns when the file is closed. */
export async function writeScan(path: string, hosts: number, which: 'a' | 'b'): Promise<void> {
  const out = createWriteStream(path);
  const later = which === 'b';
  const start = later ? 1_764_547_200 : 1_763_942_400;
  const services = '1-1024,1433,1521,2049,3306,3389,5432,5900,6379,8080,8443,9100,9200,11211,27017';
  out.write(
    `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>\n` +
      `<!-- Nmap 7.94SVN scan initiated ${new Date(start * 1e3).toUTCString()} as: nmap -sS -sV -O -oX scan.xml 10.0.0.0/15 -->\n` +
      `<nmaprun scanner="nmap" args="nmap -sS -sV -O -oX scan.xml 10.0.0.0/15" start="${start}" startstr="x" version="7.94SVN" xmloutputversion="1.05">\n` +
      `<scaninfo type="syn" protocol="tcp" numservices="1038" services="${services}"/>\n<verbose level="0"/>\n<debugging level="0"/>\n`,
  );
  let up = 0;
  for (let index = 0; index < hosts; index += 1) {
    // What a host is comes from its own seed, so that both files agree without remembering each other.
    const fixed = xoroshiro128plus(index + 1);
    const wobble = xoroshiro128plus((later ? 7_000_000 : 3_000_000) + index);
    const draw = (limit: number) => uniformInt(fixed, 0, limit - 1);
    const jitter = (limit: number) => uniformInt(wobble, 0, limit - 1);
    let pick = draw(100);
    const kind = KINDS.find((candidate) => (pick -= candidate.share) < 0) ?? KINDS[0];
    const fate = draw(10_000);
    let edge = 0;
    const falls = (rate: number) => fate >= edge && fate < (edge += rate);
    const opened = falls(RATES.opened) && later;
    const closed = falls(RATES.closed) && later;
    const version = falls(RATES.version) && later;
    const renamed = falls(RATES.name) && later;
    if (falls(RATES.gone) && later) continue;
    if (falls(RATES.fresh) && !later) continue;
    up += 1;
    const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    const mac = Array.from({ length: 3 }, () => draw(256).toString(16).padStart(2, '0').toUpperCase()).join(
      ':',
    );
    const ports = kind.ports
      .slice(closed ? 1 : 0)
      .map(([port, name, product, release]) =>
        portElement(port, name, product, version && release !== '' ? `${release}+1` : release, kind.family),
      );
    if (opened) ports.push(portElement(8080, 'http-proxy', 'Squid http proxy', '5.7', kind.family));
    const folded = 1038 - ports.length;
    const begun = start + Math.floor(index / 20);
    const text =
      `<host starttime="${begun}" endtime="${begun + 30 + jitter(60)}"><status state="up" reason="arp-response" reason_ttl="0"/>\n` +
      `<address addr="${address}" addrtype="ipv4"/>\n<address addr="00:50:56:${mac.slice(0, 8)}" addrtype="mac" vendor="VMware"/>\n` +
      `<hostnames>\n<hostname name="host-${index}${renamed ? '-new' : ''}.corp.example" type="PTR"/>\n</hostnames>\n` +
      `<ports><extraports state="closed" count="${folded}">\n<extrareasons reason="reset" count="${folded}"/>\n</extraports>\n${ports.join('')}</ports>\n` +
      (kind.vendor === 'Microsoft'
        ? ''
        : `<os><osmatch name="${kind.os}" accuracy="100" line="67${jitter(900)}">\n` +
          `<osclass type="general purpose" vendor="${kind.vendor}" osfamily="${kind.family}"${kind.gen === '' ? '' : ` osgen="${kind.gen}"`} accuracy="100"/>\n</osmatch>\n</os>\n`) +
      `<distance value="1"/>\n<times srtt="${300 + jitter(4000)}" rttvar="${100 + jitter(900)}" to="100000"/>\n</host>\n`;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end(
    `<runstats><finished time="${start + 7200}" timestr="x" summary="x" elapsed="7200.00" exit="success"/><hosts up="${up}" down="${131_072 - up}" total="131072"/>\n</runstats>\n</nmaprun>\n`,
  );
  await finished(out);
}

function portElement(port: number, name: string, product: string, version: string, family: string): string {
  const detail =
    product === ''
      ? ' method="table" conf="3"'
      : ` product="${product}"${version === '' ? '' : ` version="${version}"`} ostype="${family}" method="probed" conf="10"`;
  return `<port protocol="tcp" portid="${port}"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="${name}"${detail}/></port>\n`;
}
