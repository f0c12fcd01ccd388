// One ClickHouse server in this process: libchdb holds the whole server, and ffi-rs calls it on a
// thread of its own. Started by server.ts; lives as long as its standard input is open, so that it
// dies with the test process however that ends. A test device, not a way to run the product.
import { createRequire } from 'node:module';
import { DataType, load, open } from 'ffi-rs';

const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
const library = createRequire(require.resolve('chdb')).resolve(`@chdb/lib-${platform}/libchdb.so`);
open({ library: 'chdb', path: library });

// The last statement sleeps for ever in one call per three seconds: the engine serves while it runs.
const script = [
  'SYSTEM START LISTEN TCP',
  'SYSTEM START LISTEN HTTP',
  'SELECT sleepEachRow(3) FROM system.numbers SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0, max_execution_time = 0 FORMAT Null',
].join('; ');
const argv = ['clickhouse', ...process.argv.slice(2), `--query=${script}`];
load({
  library: 'chdb',
  funcName: 'query_stable_v2',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
  runInNewThread: true,
}).then(
  () => process.exit(1),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

const end = () => process.kill(process.pid, 'SIGKILL');
process.stdin.resume();
process.stdin.on('end', end);
process.on('SIGTERM', end);
