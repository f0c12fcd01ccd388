// Ends in one of several ways while a store is open. Arguments: data directory, way.
import { z } from 'zod';
import { all } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';

const [dataDir = '', how = ''] = process.argv.slice(2);
const store = await openStore(storeConfig.parse({ dataDir }));
const endless = query(
  'test.endless',
  'SELECT count() AS n FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
  z.unknown(),
);

switch (how) {
  case 'runs to its end':
    break;
  case 'exits':
    process.exit(3);
    break;
  case 'throws':
    throw new Error('on purpose');
  case 'exits while it reads':
    for await (const _ of store.run(
      query('test.rows', 'SELECT number FROM numbers(100000000)', z.unknown()),
      {},
    ))
      process.exit(4);
    break;
  case 'exits while the engine computes':
    setTimeout(() => process.exit(5), 300);
    await all(store, endless, {});
    break;
  case 'closes while the engine computes':
    setTimeout(() => void store.close(), 300);
    await all(store, endless, {}).catch(() => undefined);
    break;
  default:
    throw new TypeError(how);
}
