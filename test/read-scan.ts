import { collectRun } from '../src/exposure/model/collect-run.ts';
import { privilegesOf, type RunId, type ScanRun } from '../src/exposure/model/scan-run.ts';
import { NmapXmlReader } from '../src/exposure/parse/nmap-xml.ts';

/** The runs in the bytes of an XML file, as two files given to `tidemark diff` are read: one vantage, privileges from the file. */
export function readScans(bytes: Uint8Array): readonly ScanRun[] {
  const reader = new NmapXmlReader();
  const events = [...reader.push(bytes), ...reader.end()];
  const runs = collectRun(events, {
    id: '0000000000000000' as RunId,
    vantage: 'default',
    profile: 'default',
    privileges: 'unknown',
  });
  return runs.map((run) => ({
    ...run,
    info: { ...run.info, privileges: privilegesOf(run.info) },
  }));
}
