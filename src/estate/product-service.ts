import type { Service } from '../exposure/model/host.ts';
import { productOf, type ProductKey } from './products.ts';

/** The version index that stands for `older`. */
export const OLDER = -1;

/** The service as version detection reports it; `version` is an index into `versions`, clamped, or OLDER. */
export function probedService(key: ProductKey, version: number, tunnel: boolean): Service {
  const item = productOf(key);
  const text =
    version === OLDER && item.older !== undefined
      ? item.older
      : item.versions[Math.min(Math.max(version, 0), item.versions.length - 1)];
  const recognised = item.product !== undefined || text !== undefined || item.extrainfo !== undefined;
  return {
    name: item.name,
    ...(item.product === undefined ? {} : { product: item.product }),
    ...(text === undefined ? {} : { version: text }),
    ...(item.extrainfo === undefined ? {} : { extrainfo: item.extrainfo }),
    ...(item.ostype === undefined ? {} : { ostype: item.ostype }),
    ...(item.devicetype === undefined ? {} : { devicetype: item.devicetype }),
    ...(tunnel ? { tunnel: 'ssl' } : {}),
    method: recognised ? 'probed' : 'table',
    conf: recognised ? 10 : 3,
    ...(item.cpe === undefined
      ? {}
      : { cpe: item.cpe.map((cpe) => cpe.replace('{v}', (text ?? '').split(' ', 1)[0] ?? '')) }),
  };
}

/** What nmap-services calls a port, for the ports that the estate uses; `unknown` otherwise. */
export function tableService(portid: number): Service {
  return { name: PORT_NAMES[portid] ?? 'unknown', method: 'table', conf: 3 };
}

const PORT_NAMES: Readonly<Record<number, string>> = {
  21: 'ftp',
  22: 'ssh',
  23: 'telnet',
  25: 'smtp',
  53: 'domain',
  80: 'http',
  88: 'kerberos-sec',
  111: 'rpcbind',
  123: 'ntp',
  135: 'msrpc',
  139: 'netbios-ssn',
  143: 'imap',
  161: 'snmp',
  389: 'ldap',
  443: 'https',
  445: 'microsoft-ds',
  464: 'kpasswd5',
  515: 'printer',
  554: 'rtsp',
  587: 'submission',
  593: 'http-rpc-epmap',
  631: 'ipp',
  636: 'ldapssl',
  873: 'rsync',
  902: 'iss-realsecure',
  993: 'imaps',
  1433: 'ms-sql-s',
  2049: 'nfs',
  2375: 'docker',
  3000: 'ppp',
  3128: 'squid-http',
  3268: 'globalcatLDAP',
  3306: 'mysql',
  3389: 'ms-wbt-server',
  4444: 'krb524',
  5000: 'upnp',
  5060: 'sip',
  5432: 'postgresql',
  5555: 'freeciv',
  5900: 'vnc',
  5985: 'wsman',
  6379: 'redis',
  6667: 'irc',
  8000: 'http-alt',
  8009: 'ajp13',
  8080: 'http-proxy',
  8081: 'blackice-icecap',
  8443: 'https-alt',
  8888: 'sun-answerbook',
  9000: 'cslistener',
  9090: 'zeus-admin',
  9100: 'jetdirect',
  9200: 'wap-wsp',
  10000: 'snet-sensor-mgmt',
  27017: 'mongod',
  31337: 'Elite',
};
