/**
 * A piece of software as Nmap's version detection names it, with the versions that vendors shipped
 * one after the other. Names, products and CPEs are those of nmap-service-probes.
 */
export interface Product {
  /** Nmap's service name. */
  readonly name: string;
  readonly product?: string;
  /** Oldest first; empty where Nmap learns no version. */
  readonly versions: readonly string[];
  /** A version from before them all, for downgrades. */
  readonly older?: string;
  readonly extrainfo?: string;
  readonly ostype?: string;
  readonly devicetype?: string;
  /** CPE without its version; `{v}` is where the version's first word goes. */
  readonly cpe?: readonly string[];
  /** Weeks between vendor updates; undefined: it is never updated. */
  readonly cadence?: number;
  /** A web server: takes http-title and, behind TLS, ssl-cert. */
  readonly web?: boolean;
}

const LINUX = 'cpe:/o:linux:linux_kernel';
const WINDOWS = 'cpe:/o:microsoft:windows';

/** Every product of the estate, by the key that roles use. */
export const PRODUCTS = {
  'openssh-debian': {
    name: 'ssh',
    product: 'OpenSSH',
    versions: [
      '9.2p1 Debian 2+deb12u2',
      '9.2p1 Debian 2+deb12u3',
      '9.2p1 Debian 2+deb12u5',
      '9.2p1 Debian 2+deb12u7',
    ],
    extrainfo: 'protocol 2.0',
    ostype: 'Linux',
    cpe: ['cpe:/a:openbsd:openssh:{v}', LINUX],
    cadence: 6,
  },
  'openssh-ubuntu': {
    name: 'ssh',
    product: 'OpenSSH',
    versions: ['8.9p1 Ubuntu 3ubuntu0.6', '8.9p1 Ubuntu 3ubuntu0.10', '8.9p1 Ubuntu 3ubuntu0.13'],
    extrainfo: 'Ubuntu Linux; protocol 2.0',
    ostype: 'Linux',
    cpe: ['cpe:/a:openbsd:openssh:{v}', LINUX],
    cadence: 8,
  },
  'openssh-mac': {
    name: 'ssh',
    product: 'OpenSSH',
    versions: ['9.6', '9.7'],
    extrainfo: 'protocol 2.0',
    cpe: ['cpe:/a:openbsd:openssh:{v}'],
    cadence: 20,
  },
  'cisco-ssh': {
    name: 'ssh',
    product: 'Cisco SSH',
    versions: ['1.25'],
    extrainfo: 'protocol 2.0',
    ostype: 'IOS',
    cpe: ['cpe:/o:cisco:ios'],
  },
  dropbear: {
    name: 'ssh',
    product: 'Dropbear sshd',
    versions: ['2019.78', '2022.83'],
    extrainfo: 'protocol 2.0',
    ostype: 'Linux',
    cpe: ['cpe:/a:matt_johnston:dropbear_ssh_server:{v}', LINUX],
  },
  nginx: {
    name: 'http',
    product: 'nginx',
    older: '1.14.2',
    versions: ['1.22.1', '1.24.0', '1.26.2'],
    cpe: ['cpe:/a:igor_sysoev:nginx:{v}'],
    cadence: 9,
    web: true,
  },
  apache: {
    name: 'http',
    product: 'Apache httpd',
    older: '2.4.49',
    versions: ['2.4.57', '2.4.59', '2.4.61', '2.4.62'],
    extrainfo: '(Debian)',
    cpe: ['cpe:/a:apache:http_server:{v}'],
    cadence: 7,
    web: true,
  },
  iis: {
    name: 'http',
    product: 'Microsoft IIS httpd',
    versions: ['10.0'],
    ostype: 'Windows',
    cpe: ['cpe:/a:microsoft:internet_information_services:{v}', WINDOWS],
    web: true,
  },
  tomcat: {
    name: 'http',
    product: 'Apache Tomcat',
    older: '9.0.30',
    versions: ['9.0.83', '9.0.86', '9.0.91'],
    cpe: ['cpe:/a:apache:tomcat:{v}'],
    cadence: 9,
    web: true,
  },
  jetty: {
    name: 'http',
    product: 'Jetty',
    older: '9.4.31',
    versions: ['10.0.18', '10.0.20'],
    cpe: ['cpe:/a:mortbay:jetty:{v}'],
    cadence: 10,
    web: true,
  },
  express: {
    name: 'http',
    product: 'Node.js Express framework',
    versions: [],
    cpe: ['cpe:/a:nodejs:node.js'],
    web: true,
  },
  'python-http': {
    name: 'http',
    product: 'SimpleHTTPServer',
    versions: ['0.6'],
    extrainfo: 'Python 3.11.2',
    cpe: ['cpe:/a:python:simplehttpserver:{v}'],
    web: true,
  },
  grafana: {
    name: 'http',
    product: 'Grafana http',
    versions: [],
    cpe: ['cpe:/a:grafana:grafana'],
    web: true,
  },
  'golang-http': {
    name: 'http',
    product: 'Golang net/http server',
    versions: [],
    extrainfo: 'Go-IPFS json-rpc or InfluxDB API',
    cpe: ['cpe:/a:protocol_labs:go-ipfs'],
    web: true,
  },
  webmin: { name: 'http', product: 'MiniServ', versions: ['2.105'], extrainfo: 'Webmin httpd', web: true },
  squid: {
    name: 'http-proxy',
    product: 'Squid http proxy',
    versions: ['5.7', '6.6'],
    cpe: ['cpe:/a:squid-cache:squid:{v}'],
    cadence: 12,
  },
  mysql: {
    name: 'mysql',
    product: 'MySQL',
    versions: ['8.0.35', '8.0.36', '8.0.39'],
    cpe: ['cpe:/a:mysql:mysql:{v}'],
    cadence: 9,
  },
  mariadb: {
    name: 'mysql',
    product: 'MariaDB',
    versions: ['10.11.4', '10.11.6', '10.11.9'],
    extrainfo: 'unauthorized',
    cpe: ['cpe:/a:mariadb:mariadb:{v}'],
    cadence: 9,
  },
  postgres: {
    name: 'postgresql',
    product: 'PostgreSQL DB',
    versions: ['9.6.0 or later'],
    cpe: ['cpe:/a:postgresql:postgresql'],
  },
  mssql: {
    name: 'ms-sql-s',
    product: 'Microsoft SQL Server 2019',
    versions: ['15.00.4345', '15.00.4360', '15.00.4385'],
    ostype: 'Windows',
    cpe: ['cpe:/a:microsoft:sql_server:2019', WINDOWS],
    cadence: 10,
  },
  redis: {
    name: 'redis',
    product: 'Redis key-value store',
    versions: ['7.0.11', '7.0.15'],
    cpe: ['cpe:/a:redislabs:redis:{v}'],
    cadence: 12,
  },
  mongodb: {
    name: 'mongodb',
    product: 'MongoDB',
    versions: ['6.0.8', '6.0.12'],
    cpe: ['cpe:/a:mongodb:mongodb:{v}'],
    cadence: 12,
  },
  elastic: {
    name: 'http',
    product: 'Elasticsearch REST API',
    versions: ['7.17.15', '7.17.18'],
    cpe: ['cpe:/a:elasticsearch:elasticsearch:{v}'],
    cadence: 12,
  },
  kerberos: {
    name: 'kerberos-sec',
    product: 'Microsoft Windows Kerberos',
    versions: [],
    ostype: 'Windows',
    cpe: [WINDOWS],
  },
  'ad-dns': { name: 'domain', product: 'Simple DNS Plus', versions: [], ostype: 'Windows', cpe: [WINDOWS] },
  'ad-ldap': {
    name: 'ldap',
    product: 'Microsoft Windows Active Directory LDAP',
    versions: [],
    extrainfo: 'Domain: corp.example0., Site: Default-First-Site-Name',
    ostype: 'Windows',
    cpe: [WINDOWS],
  },
  kpasswd: { name: 'kpasswd5', versions: [] },
  msrpc: { name: 'msrpc', product: 'Microsoft Windows RPC', versions: [], ostype: 'Windows', cpe: [WINDOWS] },
  'rpc-http': {
    name: 'ncacn_http',
    product: 'Microsoft Windows RPC over HTTP',
    versions: ['1.0'],
    ostype: 'Windows',
    cpe: [WINDOWS],
  },
  netbios: {
    name: 'netbios-ssn',
    product: 'Microsoft Windows netbios-ssn',
    versions: [],
    ostype: 'Windows',
    cpe: [WINDOWS],
  },
  smb: { name: 'microsoft-ds', versions: [] },
  samba: { name: 'netbios-ssn', product: 'Samba smbd', versions: ['4.6.2'], cpe: ['cpe:/a:samba:samba:{v}'] },
  rdp: {
    name: 'ms-wbt-server',
    product: 'Microsoft Terminal Services',
    versions: [],
    ostype: 'Windows',
    cpe: [WINDOWS],
  },
  winrm: {
    name: 'http',
    product: 'Microsoft HTTPAPI httpd',
    versions: ['2.0'],
    extrainfo: 'SSDP/UPnP',
    ostype: 'Windows',
    cpe: [WINDOWS],
  },
  vnc: { name: 'vnc', product: 'VNC', versions: [], extrainfo: 'protocol 3.8' },
  nfs: { name: 'nfs', versions: ['3-4'], extrainfo: 'RPC #100003' },
  rpcbind: { name: 'rpcbind', versions: ['2-4'], extrainfo: 'RPC #100000' },
  vsftpd: {
    name: 'ftp',
    product: 'vsftpd',
    versions: ['3.0.3', '3.0.5'],
    ostype: 'Unix',
    cpe: ['cpe:/a:vsftpd:vsftpd:{v}'],
    cadence: 30,
  },
  rsync: { name: 'rsync', versions: [], extrainfo: 'protocol version 31' },
  postfix: { name: 'smtp', product: 'Postfix smtpd', versions: [], cpe: ['cpe:/a:postfix:postfix'] },
  dovecot: { name: 'imap', product: 'Dovecot imapd', versions: [], cpe: ['cpe:/a:dovecot:dovecot'] },
  bind: {
    name: 'domain',
    product: 'ISC BIND',
    versions: ['9.18.19-1~deb12u1', '9.18.24-1', '9.18.28-1~deb12u2'],
    extrainfo: 'Debian Linux',
    ostype: 'Linux',
    cpe: ['cpe:/a:isc:bind:{v}', LINUX],
    cadence: 9,
  },
  ntp: { name: 'ntp', product: 'NTP', versions: ['v4'], extrainfo: 'secondary server' },
  snmp: { name: 'snmp', product: 'SNMPv1 server', versions: [], extrainfo: 'public' },
  'hp-http': {
    name: 'http',
    product: 'HP LaserJet M607 printer http config',
    versions: [],
    devicetype: 'printer',
    cpe: ['cpe:/h:hp:laserjet_m607'],
    web: true,
  },
  ipp: { name: 'ipp', versions: [] },
  lpd: { name: 'printer', versions: [] },
  jetdirect: { name: 'jetdirect', versions: [] },
  boa: { name: 'http', product: 'Boa', versions: ['0.94.14rc21'], cpe: ['cpe:/a:boa:boa:{v}'], web: true },
  rtsp: {
    name: 'rtsp',
    product: 'GStreamer rtspd',
    versions: [],
    cpe: ['cpe:/a:gstreamer_project:gstreamer'],
  },
  sip: {
    name: 'sip',
    product: 'Yealink SIP-T46S',
    versions: ['66.86.0.15'],
    devicetype: 'VoIP phone',
    extrainfo: 'Status: 200 OK',
  },
  'busybox-telnet': {
    name: 'telnet',
    product: 'BusyBox telnetd',
    versions: [],
    cpe: ['cpe:/a:busybox:busybox'],
  },
  'cisco-http': {
    name: 'http',
    product: 'Cisco IOS http config',
    versions: [],
    ostype: 'IOS',
    devicetype: 'switch',
    cpe: ['cpe:/o:cisco:ios'],
    web: true,
  },
  'esxi-soap': {
    name: 'http',
    product: 'VMware ESXi Server httpd',
    versions: [],
    cpe: ['cpe:/o:vmware:esxi'],
    web: true,
  },
  'esxi-auth': {
    name: 'vmware-auth',
    product: 'VMware Authentication Daemon',
    versions: ['1.10'],
    extrainfo: 'Uses VNC, SOAP',
  },
  docker: {
    name: 'docker',
    product: 'Docker',
    versions: ['24.0.7', '26.1.4'],
    ostype: 'linux',
    cpe: ['cpe:/a:docker:docker:{v}', LINUX],
    cadence: 14,
  },
  kubelet: { name: 'http', product: 'Golang net/http server', versions: [], web: true },
} satisfies Record<string, Product>;

/** A key of PRODUCTS. */
export type ProductKey = keyof typeof PRODUCTS;

/** The product behind a key, with its optional facts. */
export function productOf(key: ProductKey): Product {
  return PRODUCTS[key];
}
