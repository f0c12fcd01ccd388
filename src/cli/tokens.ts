import { tokenState, type AccessToken } from '../access/token.ts';
import type { TokenAsk } from '../assembly/stored-tokens.ts';
import type { Actor } from '../audit/record.ts';
import { renderTable } from '../report/table.ts';
import { formatInstant, formatMinute, type Instant } from '../time/instant.ts';
import type { Call, ExitStatus } from './call.ts';
import { safe } from './print.ts';
import { whoActs } from './who.ts';
import { withWorkspace } from './with-workspace.ts';

/** `tidemark token create` */
export function createToken(call: Call, ask: TokenAsk): Promise<ExitStatus> {
  return withWorkspace(call, async ({ tokens }) => {
    const { token, secret } = await tokens.create(ask, actor(call));
    const { print } = call;
    if (print.json) {
      await print.value({ schema: 'tidemark/token/1', ...tokenJson(token, token.created), secret });
      return 0;
    }
    await print.text(`${secret}\n`);
    print.note(
      `token ${safe(token.name)} (${token.role}); this is the only time that its secret is shown. Programs send it as Authorization: Bearer, people log in with it.`,
    );
    return 0;
  });
}

/** `tidemark token list` */
export function listTokens(call: Call): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const tokens = await workspace.tokens.list();
    const { print } = call;
    const now = call.process.clock();
    if (print.json) {
      await print.value({
        schema: 'tidemark/tokens/1',
        tokens: tokens.map((token) => tokenJson(token, now)),
      });
      return 0;
    }
    if (tokens.length === 0) {
      print.note('no tokens yet; make one with `tidemark token create NAME --role viewer`');
      return 0;
    }
    await print.text(
      renderTable(
        [
          { title: 'TOKEN', min: 8 },
          { title: 'ROLE', min: 7 },
          { title: 'STATE', min: 7 },
          { title: 'MADE', min: 20 },
          { title: 'BY', min: 6 },
          { title: 'UNTIL', min: 10 },
          { title: 'NOTE', overflow: 'wrap', min: 10 },
        ],
        tokens.map((token) => {
          const state = tokenState(token, now);
          return [
            token.name,
            token.role,
            state === 'valid' ? state : { text: state, tone: 'quiet' as const },
            formatMinute(token.created),
            token.by,
            token.until === undefined ? undefined : formatMinute(token.until).slice(0, 10),
            token.note,
          ];
        }),
        { width: print.width, paint: print.paint },
      ),
    );
    return 0;
  });
}

/** `tidemark token revoke` */
export function revokeToken(call: Call, reference: string): Promise<ExitStatus> {
  return withWorkspace(call, async ({ tokens }) => {
    const token = await tokens.revoke(reference, actor(call));
    const { print } = call;
    if (print.json)
      await print.value({ schema: 'tidemark/token/1', ...tokenJson(token, call.process.clock()) });
    else await print.text(`token ${safe(token.name)} (${token.role}) opens nothing any more\n`);
    return 0;
  });
}

function actor(call: Call): Actor {
  return { user: whoActs('', call.process.env).by, face: 'cli' };
}

function tokenJson(token: AccessToken, now: Instant): Record<string, unknown> {
  const { id, name, role, note, created, by, until, revoked } = token;
  return {
    id,
    name,
    role,
    state: tokenState(token, now),
    note,
    created: formatInstant(created),
    by,
    until: until === undefined ? null : formatInstant(until),
    revoked: revoked === undefined ? null : { at: formatInstant(revoked.at), by: revoked.by },
  };
}
