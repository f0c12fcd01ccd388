import type { Service } from '../../api/scans.ts';

/** A service as Nmap would print it: `ssl/http nginx 1.22.1 (Ubuntu)`; empty where nothing is known. */
export function serviceWords(service: Service | null): string {
  if (service === null) return '';
  const { name, product, version, extrainfo, tunnel } = service;
  return [
    tunnel === null ? name : `${tunnel}/${name}`,
    product,
    version,
    extrainfo === null ? null : `(${extrainfo})`,
  ]
    .filter((part) => part !== null && part !== '')
    .join(' ');
}
