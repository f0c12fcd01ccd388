import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activity, ip } from '../../../test/written/source-activity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { ActivityReader } from '../model/activity-reader.ts';
import { GroupMembers } from './group-members.ts';

const ALWAYS = { from: 0 as Instant, to: 4e15 as Instant };
const name = (index: number): IpAddress => ip(`198.51.${100 + (index >> 8)}.${index & 255}`);

/** A history in which the source number `index` has so many contacts; says which sources were read. */
function history(contactsOf: (index: number) => number) {
  const asked: IpAddress[][] = [];
  const made = new Map<IpAddress, number>(Array.from({ length: 1536 }, (_, index) => [name(index), index]));
  const reader: Pick<ActivityReader, 'activities'> = {
    async *activities(sources) {
      asked.push([...sources]);
      for (const source of sources)
        yield activity(source, {
          contacts: Array.from({ length: contactsOf(made.get(source)!) }, (_, index) => ({
            to: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
            port: 445,
            at: index,
            outcome: 'refused' as const,
          })),
        });
    },
  };
  return { members: new GroupMembers(reader as ActivityReader, ALWAYS), asked };
}

const first = (amount: number): IpAddress[] => Array.from({ length: amount }, (_, index) => name(index));

describe('members of groups', () => {
  test('are read once for groups of about one size, and are the same objects', async () => {
    const { members, asked } = history(() => 300);
    const large = await members.of(first(500));
    // 500 and 490 are both cut as 512 are: 195 contacts each.
    expect(large.map(({ contacts }) => contacts.length)).toEqual(large.map(() => 195));
    const again = await members.of(first(490));
    expect(again.every((one, index) => one === large[index])).toBe(true);
    expect(asked.map(({ length }) => length)).toEqual([500]);
  });

  test('that were cut are read again for a group that looks at more, those that were not are not', async () => {
    const { members, asked } = history((index) => (index < 2 ? 300 : 10));
    await members.of(first(500));
    const small = await members.of(first(4));
    expect(small.map(({ contacts, contactsLeftOut }) => [contacts.length, contactsLeftOut])).toEqual([
      [300, 0],
      [300, 0],
      [10, 0],
      [10, 0],
    ]);
    expect(asked[1]).toEqual([name(0), name(1)]);
    // And what was read as a whole serves the large group.
    const large = await members.of(first(500));
    expect(large[0]).toMatchObject({ contactsLeftOut: 105 });
    expect(large[0]!.contacts).toHaveLength(195);
    expect(asked).toHaveLength(2);
  });

  test('are forgotten, the longest unused first, when there is no room: two groups of 512 have it', async () => {
    const { members, asked } = history(() => 300);
    const [a, b, c] = [0, 512, 1024].map((from) =>
      Array.from({ length: 512 }, (_, index) => name(from + index)),
    );
    for (const group of [a, b, a, c]) await members.of(group!);
    expect(asked).toEqual([a, b, c]);
    await members.of(a!);
    expect(asked).toEqual([a, b, c]);
    // One of them had room.
    await members.of(b!);
    expect(asked).toEqual([a, b, c, b!.slice(0, -1)]);
  });

  test('whatever was asked before, a group gets what it gets alone', async () => {
    const contactsOf = (index: number): number => [0, 3, 150, 200, 700, 2000][index % 6]!;
    const group = fc
      .tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom(3, 40, 130, 300, 512))
      .map(([from, amount]) => Array.from({ length: amount }, (_, index) => name(from + index)));
    await fc.assert(
      fc.asyncProperty(fc.array(group, { minLength: 1, maxLength: 4 }), async (groups) => {
        const { members } = history(contactsOf);
        for (const sources of groups) {
          const seen = (await members.of(sources)).map((one) => [
            one.source,
            one.contacts.length,
            one.contactsLeftOut,
            one.services.size,
          ]);
          const alone = (await history(contactsOf).members.of(sources)).map((one) => [
            one.source,
            one.contacts.length,
            one.contactsLeftOut,
            one.services.size,
          ]);
          expect(seen).toEqual(alone);
        }
      }),
      { numRuns: 8 },
    );
  });
});
