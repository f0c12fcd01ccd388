import type { AuthorisedScan } from '../../recon/model/site.ts';
import {
  contentNetworks,
  happyEyeballs,
  officeDay,
  peerToPeer,
  printerDiscovery,
  printersAndDeadHosts,
  quic,
  timeService,
} from './benign-people.ts';
import {
  backup,
  buildRunner,
  dnsResolver,
  ephemeralRpc,
  federation,
  kubernetes,
  loadBalancer,
  mail,
  media,
  monitoring,
  patching,
  proxy,
  ticketedScanner,
} from './benign-servers.ts';
import {
  backscatter,
  badChecksums,
  carrierNat,
  crawlers,
  midStream,
  oneWay,
  originPulls,
  outage,
  segmentChatter,
  visitors,
} from './benign-world.ts';
import { sceneOf, type Scene, type Traffic, type TrafficOptions } from './traffic.ts';

/** Kinds of traffic that look odd and are no reconnaissance. The place in the list seeds their chance: add at the end. */
export const BENIGN_KINDS = [
  'office-day',
  'quic',
  'happy-eyeballs',
  'content-networks',
  'peer-to-peer',
  'printers-and-dead-hosts',
  'printer-discovery',
  'time-service',
  'dns-resolver',
  'proxy',
  'ticketed-scanner',
  'monitoring',
  'load-balancer',
  'backup',
  'patching',
  'kubernetes',
  'ephemeral-rpc',
  'media',
  'mail',
  'federation',
  'build-runner',
  'crawlers',
  'origin-pulls',
  'carrier-nat',
  'backscatter',
  'segment-chatter',
  'outage',
  'mid-stream',
  'one-way',
  'bad-checksums',
  'visitors',
] as const;

/** See BENIGN_KINDS. */
export type BenignKind = (typeof BENIGN_KINDS)[number];

/** Writes a kind; gives what the ledger has to know. */
type Writer = (scene: Scene) => readonly AuthorisedScan[] | void;

const WRITERS: Readonly<Record<BenignKind, Writer>> = {
  'office-day': officeDay,
  quic,
  'happy-eyeballs': happyEyeballs,
  'content-networks': contentNetworks,
  'peer-to-peer': peerToPeer,
  'printers-and-dead-hosts': printersAndDeadHosts,
  'printer-discovery': printerDiscovery,
  'time-service': timeService,
  'dns-resolver': dnsResolver,
  proxy,
  'ticketed-scanner': ticketedScanner,
  monitoring,
  'load-balancer': loadBalancer,
  backup,
  patching,
  kubernetes,
  'ephemeral-rpc': ephemeralRpc,
  media,
  mail,
  federation,
  'build-runner': buildRunner,
  crawlers,
  'origin-pulls': originPulls,
  'carrier-nat': carrierNat,
  backscatter,
  'segment-chatter': segmentChatter,
  outage,
  'mid-stream': midStream,
  'one-way': oneWay,
  'bad-checksums': badChecksums,
  visitors,
};

/** Traffic of a kind in which nobody scans, but for what the ledger allows. */
export function benignTraffic(kind: BenignKind, options: TrafficOptions): Traffic {
  const scene = sceneOf(options, BENIGN_KINDS.indexOf(kind));
  const ledger = WRITERS[kind](scene) ?? [];
  return { records: scene.tape.records, truth: { scans: [], ledger } };
}
