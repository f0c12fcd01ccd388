import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Mutated inputs are cut to this many bytes, so that a run measures readers and not copying. */
const LONGEST_INPUT = 64 * 1024;

/** Numbers at the edges of what fields may hold. */
const NUMBERS = [
  '-1',
  '0',
  '00',
  '1e9',
  '65535',
  '65536',
  '70000',
  '4294967296',
  '9007199254740993',
  '1'.repeat(400),
  '0x10',
  '',
  ' 7',
  '٣',
];

/** A seeded source of choices: the same seed gives the same inputs on every machine. */
export class Dice {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number from 0 to n - 1. */
  below(n: number): number {
    return n <= 0 ? 0 : (this.#generator.next() >>> 0) % n;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

/** What a mutation works with besides the input itself. */
export interface Material {
  readonly seeds: readonly Buffer[];
  /** Tokens of the format: whole constructs, and halves of them. */
  readonly dictionary: readonly string[];
  /** The byte that separates tokens of the format. */
  readonly separator: number;
}

type Mutation = (input: Buffer, dice: Dice, material: Material) => Buffer;

function replaced(input: Buffer, from: number, to: number, by: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, from), by, input.subarray(to)]);
}

/** The token that a random place lies in, from one separator to the next. */
function tokenAt(input: Buffer, dice: Dice, separator: number): readonly [from: number, to: number] {
  const at = dice.below(input.length);
  const from = Math.max(0, input.lastIndexOf(separator, at));
  const next = input.indexOf(separator, at + 1);
  return [from, next < 0 ? input.length : next];
}

const flipBit: Mutation = (input, dice) => {
  const copy = Buffer.from(input);
  if (copy.length > 0) copy[dice.below(copy.length)]! ^= 1 << dice.below(8);
  return copy;
};

const setByte: Mutation = (input, dice) => {
  const copy = Buffer.from(input);
  if (copy.length > 0)
    copy[dice.below(copy.length)] = dice.pick([
      0, 9, 10, 13, 34, 38, 39, 47, 60, 62, 93, 127, 128, 192, 237, 255,
    ]);
  return copy;
};

const truncate: Mutation = (input, dice) => input.subarray(0, dice.below(input.length + 1));

const remove: Mutation = (input, dice) => {
  const from = dice.below(input.length);
  return replaced(input, from, Math.min(input.length, from + 1 + dice.below(200)), Buffer.alloc(0));
};

const splice: Mutation = (input, dice, { seeds }) => {
  const other = dice.pick(seeds);
  const from = dice.below(other.length);
  const piece = other.subarray(from, from + 1 + dice.below(2_000));
  const at = dice.below(input.length + 1);
  return replaced(input, at, dice.below(2) === 0 ? at : Math.min(input.length, at + piece.length), piece);
};

const duplicateToken: Mutation = (input, dice, { separator }) => {
  const [from, to] = tokenAt(input, dice, separator);
  const token = input.subarray(from, to);
  const times = dice.below(10) === 0 ? 200 : 1 + dice.below(3);
  return replaced(input, to, to, Buffer.concat(Array.from({ length: times }, () => token)));
};

const dropToken: Mutation = (input, dice, { separator }) => {
  const [from, to] = tokenAt(input, dice, separator);
  return replaced(input, from, to, Buffer.alloc(0));
};

const insertWord: Mutation = (input, dice, { dictionary }) => {
  const at = dice.below(input.length + 1);
  return replaced(input, at, at, Buffer.from(dice.pick(dictionary)));
};

const changeNumber: Mutation = (input, dice) => {
  const numbers = [...input.toString('latin1').matchAll(/\d+/g)];
  if (numbers.length === 0) return input;
  const { index, 0: digits } = dice.pick(numbers);
  return replaced(input, index, index + digits.length, Buffer.from(dice.pick(NUMBERS)));
};

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  truncate,
  remove,
  splice,
  duplicateToken,
  dropToken,
  insertWord,
  changeNumber,
];

/** A seed with one to six mutations. */
export function mutate(dice: Dice, material: Material): Buffer {
  let input: Buffer = dice.pick(material.seeds);
  for (let left = 1 + dice.below(6); left > 0; left -= 1) {
    input = dice.pick(MUTATIONS)(input, dice, material).subarray(0, LONGEST_INPUT);
  }
  return input;
}

/** The input in one to forty pieces, some of them empty. */
export function split(input: Buffer, dice: Dice): Buffer[] {
  const cuts = Array.from({ length: dice.below(40) }, () => dice.below(input.length + 1)).toSorted(
    (a, b) => a - b,
  );
  return [...cuts, input.length].map((cut, index) => input.subarray(index === 0 ? 0 : cuts[index - 1]!, cut));
}
