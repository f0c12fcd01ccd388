import { NmapXmlReader } from './nmap-xml.ts';
export const HEAD_BYTES = 4096;
export function detectFormat(_head: Uint8Array): 'nmap-xml' {
  return 'nmap-xml';
}
export function createReader(_f: 'nmap-xml') {
  return new NmapXmlReader();
}
