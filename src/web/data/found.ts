import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { IconName } from '../parts/icon.tsx';
import { ask } from './ask.ts';

/** Something that the palette can go to. */
export interface Found {
  readonly path: string;
  readonly icon: IconName;
  readonly name: string;
  readonly about: string;
}

/** How long typing must rest before the server is asked. */
const RESTS_FOR = 200;

/** Hosts and findings that a text names; empty until something is typed. */
export function useFound(text: string): readonly Found[] {
  const [rested, setRested] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setRested(text.trim()), RESTS_FOR);
    return () => clearTimeout(timer);
  }, [text]);
  const { data } = useQuery({
    queryKey: ['found', rested],
    enabled: rested.length >= 2,
    staleTime: 30_000,
    queryFn: async ({ signal }): Promise<readonly Found[]> => {
      const [hosts, findings] = await Promise.all([
        ask('hosts.list', 'GET', '/hosts', { query: { text: rested, limit: 5 } }, signal),
        ask('findings.list', 'GET', '/findings', { query: { text: rested, limit: 5 } }, signal),
      ]);
      return [
        ...hosts.items.map(({ address, names }) => ({
          path: `/hosts/${address}`,
          icon: 'hosts' as const,
          name: address,
          about: names[0] ?? 'host',
        })),
        ...findings.items.map(({ id, title, hosts: [host] }) => ({
          path: `/findings/${id}`,
          icon: 'findings' as const,
          name: title,
          about: host ?? 'finding',
        })),
      ];
    },
  });
  return rested === text.trim() ? (data ?? []) : [];
}
