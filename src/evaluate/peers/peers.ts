import { crowdsec } from './crowdsec.ts';
import { elastic } from './elastic.ts';
import { nemea } from './nemea.ts';
import type { Peer } from './peer.ts';
import { psad } from './psad.ts';
import { sentinel } from './sentinel.ts';
import { simpleScan } from './simple-scan.ts';
import { slips } from './slips.ts';
import { snort } from './snort.ts';
import { splunk } from './splunk.ts';
import { trw } from './trw.ts';
import { zeekScan } from './zeek-scan.ts';

/** The published detectors that ours stands beside. */
export const PEERS: readonly Peer[] = [
  zeekScan,
  simpleScan,
  trw,
  slips,
  snort,
  elastic,
  splunk,
  sentinel,
  psad,
  crowdsec,
  nemea,
];
