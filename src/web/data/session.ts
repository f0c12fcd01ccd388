import { queryOptions, useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import type { TokenRole } from '../../api/fields.ts';
import { ask, Refusal } from './ask.ts';

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    try {
      return await ask('session.show', 'GET', '/session', {}, signal);
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: Infinity,
  retry: 1,
});

/** Exchanges a token for a cookie that scripts cannot read. */
export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => ask('session.begin', 'POST', '/session', { body: { token } }),
    onSuccess: (session) => client.setQueryData(sessionQuery.queryKey, session),
  });
}

const RANK: Readonly<Record<TokenRole, number>> = { viewer: 0, analyst: 1, admin: 2 };

/** Who is signed in, what they may, and the way out. Inside the frame only, where somebody is. */
export function useSession(): {
  readonly name: string;
  readonly role: TokenRole;
  /** May they do what needs this role? */
  readonly may: (role: TokenRole) => boolean;
  readonly signOut: () => void;
} {
  const client = useQueryClient();
  const { data } = useSuspenseQuery(sessionQuery);
  const end = useMutation({
    mutationFn: () => ask('session.end', 'DELETE', '/session', {}),
    // What one person saw does not wait in memory for the next.
    onSettled: () => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, null);
      window.location.assign('/');
    },
  });
  const role = data?.role ?? 'viewer';
  return {
    name: data?.name ?? '',
    role,
    may: (wanted) => RANK[role] >= RANK[wanted],
    signOut: () => end.mutate(),
  };
}
