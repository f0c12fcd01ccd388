/** What `tidemark doctor` found out about one thing. */
export interface Check {
  /** `Node`, `Nmap`, `data folder`. */
  readonly name: string;
  /** ok; warn: something is missing that some commands need; fail: nothing works until it is mended. */
  readonly state: 'ok' | 'warn' | 'fail';
  /** One sentence without a full stop. May quote the outside: escape before printing. */
  readonly message: string;
  /** Imperative sentence; absent when all is well. */
  readonly fix?: string;
}

/** All is well. */
export function ok(name: string, message: string): Check {
  return { name, state: 'ok', message };
}

/** Some commands will miss it. */
export function warn(name: string, message: string, fix: string): Check {
  return { name, state: 'warn', message, fix };
}

/** Nothing works until it is mended. */
export function fail(name: string, message: string, fix: string): Check {
  return { name, state: 'fail', message, fix };
}
