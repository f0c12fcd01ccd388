/** A word of the reports that a reader without training in networks or security may not know, and what it means. */
export interface GlossaryEntry {
  readonly term: string;
  readonly meaning: string;
}

const GLOSSARY: Readonly<Record<string, string>> = {
  baseline: 'what is normal here, learned from earlier scans and approved by people',
  'blind spot': 'what this scan could not see; nothing follows from its not being listed',
  BIOS: 'the program of the mainboard that runs before the operating system',
  CIS: 'Center for Internet Security, which publishes a list of protective measures',
  CWMP: 'see TR-069',
  confidence: 'how sure the verdict is, from 0 to 1; apart from how bad it would be',
  'control plane': 'what runs many machines at once',
  DHCP: 'hands out addresses to machines; which machine has which address can change',
  DNS: 'turns names into addresses',
  DMZ: 'the part of a network between the internet and the inside',
  finding: 'something that a person should look at',
  FTP: 'an old way to transfer files, without encryption',
  firewall: 'lets some connections through and stops others',
  filtered: 'no answer came, most likely because a firewall dropped the question',
  HTTP: 'how browsers talk to web sites; with TLS it is HTTPS',
  HTTPS: 'HTTP within TLS encryption',
  hypervisor: 'a machine that runs virtual machines',
  IP: 'the protocol of the internet; an IP address is the number of a machine in it',
  IPP: 'the usual way to print over a network',
  IPMI: 'remote control built into servers, below the operating system',
  JMX: 'how Java programs are watched and managed from outside',
  MAC: 'a MAC address is the number built into a network card',
  NFS: 'file sharing among Unix machines',
  OS: 'operating system',
  PCI: 'Payment Card Industry: PCI DSS is its security standard for whoever handles payment cards',
  'open port': 'a number at which a program of a machine takes connections, such as 443/tcp',
  RFC: 'a numbered document that defines or retires an internet protocol',
  RPC: 'programs calling one another over the network',
  RDP: 'Windows Remote Desktop',
  REST: 'a way for programs to talk over HTTP',
  API: 'the door of a program for other programs',
  SFTP: 'file transfer within SSH',
  SMB: 'Windows file sharing',
  SNMP: 'how monitoring asks devices about their state',
  SSH: 'encrypted login to a machine, the usual way to run a server',
  'syn-ack': 'the answer of a port that takes connections',
  tcp: 'the usual kind of connection; 443/tcp is port 443 of that kind',
  TCP: 'the usual kind of connection between programs',
  TLS: 'the encryption of web sites and much else (the “s” of https)',
  UDP: 'single messages without a connection, as DNS sends them',
  UTC: 'world time',
  VNC: 'shows and operates the screen of another machine',
  VPN: 'an encrypted tunnel into a network',
  vantage: 'the place that the scan was made from',
};

/** The words among the above that a text uses, in alphabetical order. Whole words only; words in capitals as they stand. */
export function termsIn(text: string): readonly GlossaryEntry[] {
  return Object.entries(GLOSSARY)
    .filter(([term]) => pattern(term).test(text))
    .map(([term, meaning]) => ({ term, meaning }))
    .toSorted((a, b) => (a.term.toLowerCase() < b.term.toLowerCase() ? -1 : 1));
}

function pattern(term: string): RegExp {
  const flags = term === term.toLowerCase() && term !== 'tcp' ? 'iu' : 'u';
  return new RegExp(`(?<![\\p{L}\\p{N}])${term.replaceAll(' ', '\\s+')}s?(?![\\p{L}\\p{N}])`, flags);
}
