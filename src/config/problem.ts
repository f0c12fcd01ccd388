import { Fault, type Problem } from '../fault/fault.ts';

/** Something wrong in the configuration: what, where, and what to do. */
export interface ConfigProblem extends Problem {
  /** Imperative sentence. */
  readonly fix: string;
}

/** All that is wrong with a configuration, as one failure: the first problem speaks, the others are counted. */
export class ConfigFault extends Fault {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly [ConfigProblem, ...ConfigProblem[]]) {
    const [first, ...others] = problems;
    const more = others.length === 0 ? '' : ` (and ${others.length} more: see \`tidemark config check\`)`;
    super(first.code, `${first.message}${more}`, first.fix, first.where);
    this.problems = problems;
  }
}
