import type { RuleTest } from '../rule.ts';

/**
 * The usual condition: the service by its name, and by its port only where nothing better than the port
 * number is known. An ssh that was probed on port 23 is no telnet.
 */
export function named(
  names: readonly string[],
  ports: readonly number[],
  protocol: 'tcp' | 'udp' = 'tcp',
): string {
  const byName = `service.name in [${names.map((name) => JSON.stringify(name)).join(', ')}]`;
  const byPort = `service.guessed && port.number in [${ports.join(', ')}]`;
  const either = [...(names.length === 0 ? [] : [byName]), ...(ports.length === 0 ? [] : [byPort])];
  return `port.protocol == "${protocol}" && (${either.join(' || ')})`;
}

/** A product by a word of its banner, whatever service Nmap calls it. */
export function product(...words: readonly string[]): string {
  return words.map((word) => `service.product.contains(${JSON.stringify(word)})`).join(' || ');
}

/** Words of the title of a web page, where the scan ran http-title. */
export function pageTitle(...titles: readonly string[]): string {
  const says = titles.map((title) => `s.output.contains(${JSON.stringify(title)})`).join(' || ');
  return `port.scripts.exists(s, s.id == "http-title" && (${says}))`;
}

/** A script result on the port that says a thing. */
export function portScript(id: string, says: string): string {
  return `port.scripts.exists(s, s.id == ${JSON.stringify(id)} && s.output.contains(${JSON.stringify(says)}))`;
}

/** An open port as a test sees it: probed unless said otherwise. */
export function openPort(
  number: number,
  service: Readonly<Record<string, unknown>>,
  more: { readonly protocol?: 'tcp' | 'udp'; readonly scripts?: readonly unknown[] } = {},
): RuleTest['facts'] {
  const protocol = more.protocol ?? 'tcp';
  return {
    port: { number, protocol, key: `${number}/${protocol}`, state: 'open', scripts: more.scripts ?? [] },
    service: { guessed: false, ...service },
  };
}

/** The three examples that every rule of this kind needs: by name elsewhere, by number, and something else on the port. */
export function namedTests(
  name: string,
  number: number,
  protocol: 'tcp' | 'udp' = 'tcp',
): readonly RuleTest[] {
  const other = { protocol } as const;
  return [
    { name: `${name} found on another port`, facts: openPort(40_001, { name }, other), expect: true },
    {
      name: `port ${number} without version detection`,
      facts: openPort(number, { name: '', guessed: true }, other),
      expect: true,
    },
    {
      name: `another service, probed, on port ${number}`,
      facts: openPort(number, { name: 'tidemark-none' }, other),
      expect: false,
    },
  ];
}
