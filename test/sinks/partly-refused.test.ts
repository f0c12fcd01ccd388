import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import type { Instant } from '../../src/time/instant.ts';
import { hasMailServer, startMailServer, until } from './receivers/receivers.ts';
import { exposed, MOMENT } from './sample.ts';
import { keepAssessment, openMigrated, sinksOver } from './stored-findings.ts';

const room = { version: '0.1.0', stdout: new Writable(), signal: new AbortController().signal };

describe.skipIf(!hasMailServer())(
  'mail of which aiosmtpd refuses some recipients (skipped where python3-aiosmtpd is not installed)',
  () => {
    let folder = '';
    let store: Store;
    let mail: Awaited<ReturnType<typeof startMailServer>>;
    let now = MOMENT;
    const clock = () => (now = (now + 1e6) as Instant);
    const sinksTo = (...names: readonly string[]) =>
      sinksOver(
        store,
        [
          {
            name: 'mail',
            kind: 'smtp',
            tell: 'everything',
            host: '127.0.0.1',
            port: mail.port,
            security: 'none',
            from: 'tidemark@example.org',
            to: names.map((name) => `${name}@example.org`),
          },
        ],
        clock,
      );
    const taken = () =>
      mail.mails.map(({ to, headers }) => ({
        to: to.map((address) => address.split('@')[0]),
        id: headers.find(([name]) => name === 'Message-ID')![1],
      }));

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tidemark-refused-'));
      store = await openMigrated(join(folder, 'data'));
      mail = await startMailServer('none');
    });
    afterAll(async () => {
      await mail.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    });

    test('the others have it at once, who is put off has it later, who is refused is a dead letter', async () => {
      await keepAssessment(store, [exposed()], { at: clock() });
      const sinks = sinksTo('soc', 'gone', 'later', 'ops');
      await sinks.enqueue();
      expect(await sinks.deliver(room)).toMatchObject([{ delivered: 1, failed: 2, dead: 1 }]);
      await until(() => mail.mails.length === 1);
      expect(taken()).toMatchObject([{ to: ['soc', 'ops'] }]);
      expect(await sinks.list()).toMatchObject([{ delivered: 1, pending: 1, failing: 1, dead: 1 }]);
      const [letter, ...others] = await sinks.dead();
      expect(others).toEqual([]);
      expect(letter).toMatchObject({
        tries: 1,
        why: expect.stringMatching(/refuses gone@example.org \(550 5\.1\.1 no such user\)$/) as string,
      });

      // The next version of the finding does not wait for who is put off.
      await keepAssessment(store, [exposed({ severity: 'critical' })], { at: clock() });
      await sinks.enqueue();
      await sinks.deliver(room);
      await until(() => mail.mails.length === 2);
      expect(taken()[1]).toMatchObject({ to: ['soc', 'later', 'ops'] });

      now = (now + 60e6) as Instant;
      await sinks.deliver(room);
      await until(() => mail.mails.length === 3);
      const [first, , third] = taken();
      expect(third).toEqual({ to: ['later'], id: first!.id });
      expect(await sinks.list()).toMatchObject([{ delivered: 3, pending: 0, failing: 0, dead: 2 }]);
    });

    test('asked for again, it goes to who was refused alone, and to nobody once the address is gone', async () => {
      const sinks = sinksTo('soc', 'gone', 'later', 'ops');
      const letters = await sinks.dead();
      for (const { outgoing } of letters) await sinks.requeue(outgoing.key);
      expect(await sinks.deliver(room)).toMatchObject([{ delivered: 0, failed: 2, dead: 2 }]);
      expect((await sinks.dead()).map(({ outgoing }) => outgoing.key).toSorted()).toEqual(
        letters.map(({ outgoing }) => outgoing.key).toSorted(),
      );
      const corrected = sinksTo('soc', 'later', 'ops');
      for (const { outgoing } of letters) await corrected.requeue(outgoing.key);
      expect(await corrected.deliver(room)).toMatchObject([{ delivered: 2, failed: 0 }]);
      expect(await corrected.dead()).toEqual([]);
      expect(mail.mails).toHaveLength(3);
    });
  },
);
