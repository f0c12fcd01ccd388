import { Link } from 'wouter';
import type { FindingRow } from '../../api/findings.ts';
import { counted } from '../../text/phrase.ts';

/** Whom a finding is about, in few words. */
export function subjectWords({
  hosts,
  hostCount,
  port,
  network,
}: Pick<FindingRow, 'hosts' | 'hostCount' | 'port' | 'network'>): string {
  const [host] = hosts;
  const where =
    host === undefined
      ? (network ?? 'the network')
      : hostCount === 1
        ? host
        : `${host} and ${counted(hostCount - 1, 'other')}`;
  return port === null ? where : `${where} ${port}`;
}

/** An address that leads to its host. */
export function HostLink({ address }: { readonly address: string }) {
  return (
    <Link href={`/hosts/${address}`} className="mono">
      {address}
    </Link>
  );
}

/** A block of addresses as people say it: one of a single address is that address. */
export function networkWords(network: string): string {
  return network.replace(network.includes(':') ? /\/128$/ : /\/32$/, '');
}
