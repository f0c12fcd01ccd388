import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Call, ExitStatus, Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';

/** `tidemark policy …`: the rules that make findings. */
export function policyCommand(run: Run): CommandUnknownOpts {
  const command = new Command('policy')
    .description('list, explain and test the rules that make findings')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark policy list', 'every rule, built-in and yours'],
          ['tidemark policy explain database.mysql', 'what a rule looks for, why, and what to review'],
          ['tidemark policy test site.yaml', 'check a policy file and run its tests'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list the rules')
    .addHelpText(
      'after',
      helpAfter([['tidemark policy list --json', 'with conditions, for scripts']], ANSWERS),
    )
    .action(() => run(list));
  guardDefault(command, listing);
  command
    .command('explain')
    .description('say what a rule looks for, why it matters, and what to review')
    .argument('<rule>', 'identifier, as the list and findings show it')
    .addHelpText('after', helpAfter([['tidemark policy explain drift.port-opened', 'one rule']], ANSWERS))
    .action((rule) => run((call) => explain(call, rule)));
  command
    .command('test')
    .description('check policy files, and run the tests of every rule in force')
    .argument('[file...]', 'policy files (default: those of the configuration)')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark policy test', 'the policy in use'],
          ['tidemark policy test site.yaml', 'a file before it is used'],
        ],
        ['0 every test passed', '1 a test failed', '2 a file is wrong'],
      ),
    )
    .action((files) => run((call) => test(call, files)));
  return command;
}

async function list(call: Call): Promise<ExitStatus> {
  const { print } = call;
  const [{ policyOrComplaints }, { listRules }, { renderTable }] = await Promise.all([
    import('../policy-files.ts'),
    import('../../exposure/flow/list-rules.ts'),
    import('../../report/table.ts'),
  ]);
  const policy = await policyOrComplaints(call, []);
  if (policy === undefined) return 2;
  const rules = listRules(policy);
  if (print.json) {
    await print.value({
      schema: 'tidemark/rules/1',
      rules: rules.map(({ rule, pack, inForce }) => ({ pack, inForce, ...rule, tests: rule.tests.length })),
    });
    return 0;
  }
  const rows = rules.map(({ rule, pack, inForce }) => [
    rule.id,
    { text: rule.severity, tone: rule.severity },
    pack,
    inForce ? '' : 'off',
    rule.title,
  ]);
  const columns = ['RULE', 'SEVERITY', 'PACK', '', 'TITLE'].map((title) => ({
    title,
    min: title === 'RULE' ? 28 : 4,
  }));
  await print.text(renderTable(columns, rows, { width: print.width, paint: print.paint }));
  return 0;
}

async function explain(call: Call, id: string): Promise<ExitStatus> {
  const { print } = call;
  const [{ policyOrComplaints }, { listRules }] = await Promise.all([
    import('../policy-files.ts'),
    import('../../exposure/flow/list-rules.ts'),
  ]);
  const policy = await policyOrComplaints(call, []);
  if (policy === undefined) return 2;
  const rules = listRules(policy);
  const found = rules.find(({ rule }) => rule.id === id);
  if (found === undefined) {
    const [{ suggest }, { Fault }] = await Promise.all([
      import('../../config/suggest.ts'),
      import('../../fault/fault.ts'),
    ]);
    const meant = suggest(
      id,
      rules.map(({ rule }) => rule.id),
    );
    throw new Fault(
      'cli/unknown-rule',
      `there is no rule ${id}`,
      meant === undefined ? 'List them: tidemark policy list' : `Did you mean ${meant}?`,
    );
  }
  if (print.json) {
    const { rule, pack, inForce } = found;
    await print.value({ schema: 'tidemark/rule/1', pack, inForce, ...rule });
    return 0;
  }
  const { ruleText } = await import('../rule-text.ts');
  await print.text(ruleText(found, print));
  return 0;
}

async function test(call: Call, files: readonly string[]): Promise<ExitStatus> {
  const { print } = call;
  const [{ policyOrComplaints }, { rulesInForce, runPolicyTests, untestedRules }] = await Promise.all([
    import('../policy-files.ts'),
    import('../../exposure/flow/policies.ts'),
  ]);
  const policy = await policyOrComplaints(call, files);
  if (policy === undefined) return 2;
  const results = runPolicyTests(policy);
  const untested = untestedRules(policy);
  const rules = rulesInForce(policy).length;
  const failed = results.filter(({ passed }) => !passed);
  if (print.json) {
    await print.value({ schema: 'tidemark/policy-test/1', problems: [], rules, results, untested });
    return failed.length > 0 ? 1 : 0;
  }
  for (const { rule, test: name, expected, actual } of failed) {
    const said = typeof actual === 'boolean' ? String(actual) : `nothing: ${actual.failed}`;
    await print.text(
      `${print.paint('high', 'FAIL')}  ${safe(rule)}: ${safe(name)}\n      expected ${expected}, the condition said ${safe(said)}\n`,
    );
  }
  if (untested.length > 0) print.note(`without a test: ${untested.map(safe).join(', ')}`);
  await print.text(`${rules} rules, ${results.length} tests, ${failed.length} failed\n`);
  return failed.length > 0 ? 1 : 0;
}
