import { Fault } from '../../fault/fault.ts';
import type { BytesReader, LineReader, ReaderOptions, TelemetryFormat } from '../model/reader.ts';
import { auditdLogReader } from './endpoint/auditd-log.ts';
import { osqueryJsonReader } from './endpoint/osquery-json.ts';
import { sysmonJsonReader } from './endpoint/sysmon-json.ts';
import { netfilterLogReader } from './firewall/netfilter-log.ts';
import { pfsenseFilterlogReader } from './firewall/pfsense-filterlog.ts';
import { argusBinetflowReader } from './netflow/argus-binetflow.ts';
import { awsVpcFlowReader } from './netflow/aws-vpc-flow.ts';
import { nfdumpCsvReader } from './netflow/nfdump-csv.ts';
import { nfdumpJsonReader } from './netflow/nfdump-json.ts';
import { pcapReader } from './pcap/pcap-reader.ts';
import { suricataEveReader } from './suricata/eve-reader.ts';
import { zeekJsonReader } from './zeek/json-reader.ts';
import { zeekTsvReader } from './zeek/tsv-reader.ts';

/** The reader of a format that comes in lines. Throws Fault `recon/format-not-supported` when there is none. */
export function readerOf(format: TelemetryFormat, options: ReaderOptions): LineReader {
  switch (format) {
    case 'zeek-tsv':
      return zeekTsvReader(options);
    case 'zeek-json':
      return zeekJsonReader(options);
    case 'suricata-eve':
      return suricataEveReader(options);
    case 'nfdump-csv':
      return nfdumpCsvReader(options);
    case 'nfdump-json':
      return nfdumpJsonReader(options);
    case 'argus-binetflow':
      return argusBinetflowReader(options);
    case 'aws-vpc-flow':
      return awsVpcFlowReader(options);
    case 'netfilter-log':
      return netfilterLogReader(options);
    case 'pfsense-filterlog':
      return pfsenseFilterlogReader(options);
    case 'sysmon-json':
      return sysmonJsonReader(options);
    case 'osquery-json':
      return osqueryJsonReader(options);
    case 'auditd-log':
      return auditdLogReader(options);
    case 'nfcapd':
    case 'pcap':
      throw new Fault(
        'recon/format-not-supported',
        `telemetry in the format ${format} does not come in lines`,
        format === 'pcap' ? 'Read it as octets, not as lines.' : 'Read it with nfdump -o csv, and give that.',
      );
    default:
      return format satisfies never;
  }
}

/** The reader of a format that comes in octets; undefined for those that come in lines. */
export function bytesReaderOf(format: TelemetryFormat, options: ReaderOptions): BytesReader | undefined {
  return format === 'pcap' ? pcapReader(options) : undefined;
}
