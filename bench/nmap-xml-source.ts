import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Bytes of XML to gather before they are handed on. */
const PIECE = 256 * 1024;

const SERVICES = [
  ['22', 'ssh', 'OpenSSH', '8.9p1 Ubuntu 3ubuntu0.6', 'cpe:/a:openbsd:openssh:8.9p1'],
  ['80', 'http', 'nginx', '1.24.0', 'cpe:/a:igor_sysoev:nginx:1.24.0'],
  ['443', 'http', 'Apache httpd', '2.4.58', 'cpe:/a:apache:http_server:2.4.58'],
  ['445', 'microsoft-ds', 'Samba smbd', '4.6.2', 'cpe:/a:samba:samba'],
  ['3306', 'mysql', 'MySQL', '8.0.36', 'cpe:/a:mysql:mysql:8.0.36'],
  ['3389', 'ms-wbt-server', 'Microsoft Terminal Services', '', 'cpe:/o:microsoft:windows'],
] as const;

const PEM = `-----BEGIN CERTIFICATE-----&#xa;${'MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa&#xa;'.repeat(18)}-----END CERTIFICATE-----&#xa;`;

/**
 * Nmap XML as a scan with -sV, scripts and OS detection writes it, about `megabytes` long and the same
 * for the same seed: extraports with reasons, services with CPE, script tables, certificates, OS matches,
 * hosthints, some UTF-8.
 */
export function* nmapXml(megabytes: number, seed: number): Generator<Buffer> {
  const generator = xoroshiro128plus(seed);
  const below = (n: number): number => Math.abs(generator.next()) % n;
  let text =
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>\n' +
    '<!-- Nmap 7.95 scan initiated Mon Jan  5 02:00:00 2026 as: nmap -sS -sV -O -sC -oX scan.xml 10.0.0.0/8 -->\n' +
    '<nmaprun scanner="nmap" args="nmap -sS -sV -O -sC -oX scan.xml 10.0.0.0/8" start="1767578400" startstr="Mon Jan  5 02:00:00 2026" version="7.95" xmloutputversion="1.05">\n' +
    '<scaninfo type="syn" protocol="tcp" numservices="1000" services="1-1000"/>\n<verbose level="0"/>\n<debugging level="0"/>\n';
  let written = 0;
  let hosts = 0;
  while (written + text.length < megabytes * 1e6) {
    text += host(hosts, below);
    hosts += 1;
    if (text.length >= PIECE) {
      const piece = Buffer.from(text);
      written += piece.length;
      yield piece;
      text = '';
    }
  }
  yield Buffer.from(
    `${text}<runstats><finished time="1767592800" timestr="Mon Jan  5 06:00:00 2026" summary="Nmap done" elapsed="14400.00" exit="success"/><hosts up="${hosts}" down="0" total="${hosts}"/>\n</runstats>\n</nmaprun>\n`,
  );
}

function host(index: number, below: (n: number) => number): string {
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const start = 1_767_578_400 + below(14_000);
  let xml = '';
  if (below(4) === 0) {
    xml += `<hosthint><status state="up" reason="unknown-response" reason_ttl="0"/>\n<address addr="${address}" addrtype="ipv4"/>\n<hostnames>\n</hostnames>\n</hosthint>\n`;
  }
  xml +=
    `<host starttime="${start}" endtime="${start + below(600)}"><status state="up" reason="echo-reply" reason_ttl="${60 + below(5)}"/>\n` +
    `<address addr="${address}" addrtype="ipv4"/>\n<address addr="00:16:3E:${hex(index >> 16)}:${hex(index >> 8)}:${hex(index)}" addrtype="mac" vendor="Xensource"/>\n` +
    `<hostnames>\n<hostname name="host-${index}.example${below(50) === 0 ? '.münchen' : ''}" type="PTR"/>\n</hostnames>\n` +
    `<ports><extraports state="closed" count="${990 + below(8)}">\n<extrareasons reason="reset" count="990" proto="tcp" ports="1-21,23-79,81-442,446-1000"/>\n</extraports>\n`;
  for (const service of SERVICES) if (below(2) === 0) xml += port(service, index, below);
  xml +=
    '</ports>\n<os><portused state="open" proto="tcp" portid="22"/>\n<portused state="closed" proto="tcp" portid="1"/>\n' +
    `<osmatch name="Linux 4.15 - 5.19" accuracy="${90 + below(11)}" line="67250">\n<osclass type="general purpose" vendor="Linux" osfamily="Linux" osgen="5.X" accuracy="100"><cpe>cpe:/o:linux:linux_kernel:5</cpe></osclass>\n</osmatch>\n</os>\n` +
    `<uptime seconds="${below(9_000_000)}" lastboot="Sat Jan  3 11:12:13 2026"/>\n<distance value="${1 + below(4)}"/>\n<tcpsequence index="${below(265)}" difficulty="Good luck!" values="1D7B0FEF,1CF2BCF2,1D04B03E,1D5AAAE7,1D1E45AD,1D4F7B7F"/>\n` +
    '<ipidsequence class="All zeros" values="0,0,0,0,0,0"/>\n<tcptssequence class="1000HZ" values="28E6CD6D,28E6CDD2,28E6CE37,28E6CE9C,28E6CF01,28E6CF66"/>\n' +
    `<times srtt="${below(90_000)}" rttvar="${below(9_000)}" to="100000"/>\n</host>\n`;
  return xml;
}

function port(service: (typeof SERVICES)[number], index: number, below: (n: number) => number): string {
  const [portid, name, product, version, cpe] = service;
  const scripts =
    name === 'http'
      ? `<script id="http-title" output="Welcome to host ${index} &amp; friends &#45; &quot;home&quot;"><elem key="title">Welcome to host ${index} &amp; friends</elem>\n</script>` +
        (below(6) === 0
          ? `<script id="ssl-cert" output="Subject: commonName=host-${index}.example&#xa;Not valid after:  2027-01-01T00:00:00"><table key="subject">\n<elem key="commonName">host-${index}.example</elem>\n</table>\n<table key="validity">\n<elem key="notBefore">2026-01-01T00:00:00</elem>\n<elem key="notAfter">2027-01-01T00:00:00</elem>\n</table>\n<elem key="sig_algo">sha256WithRSAEncryption</elem>\n<elem key="pem">${PEM}</elem>\n</script>`
          : '')
      : '';
  return (
    `<port protocol="tcp" portid="${portid}"><state state="open" reason="syn-ack" reason_ttl="${60 + below(5)}"/>` +
    `<service name="${name}" product="${product}"${version === '' ? '' : ` version="${version}"`} extrainfo="protocol 2.0" ostype="Linux" method="probed" conf="10"><cpe>${cpe}</cpe></service>${scripts}</port>\n`
  );
}

function hex(byte: number): string {
  return (byte & 255).toString(16).toUpperCase().padStart(2, '0');
}
