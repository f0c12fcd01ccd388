/**
 * The house plan. Ranks run upward; a room may import rooms of a lower rank only.
 *   0 words      net text time fault stats api
 *                packet                                  (octets to packets to flows)
 *   1 contracts  sql findings
 *                files                                   (opening and unpacking, for both halves)
 *                fingerprint                             (of packets and first payloads)
 *   2 work       exposure recon | store sinks audit access  (never each other)
 *   3 assembly   schema config estate report assembly daemon
 *   4 faces      server cli web
 * Rooms without files yet are listed too: this is the plan, and ARCHITECTURE.md says which exist.
 */
const ROOMS = {
  net: [],
  text: [],
  time: [],
  fault: [],
  stats: [],
  api: [],
  packet: ['net', 'time', 'fault'],
  fingerprint: ['net', 'text', 'time', 'fault', 'packet'],
  sql: ['net', 'time', 'fault'],
  findings: ['net', 'text', 'time', 'fault', 'sql', 'scope'],
  scope: ['net', 'time', 'fault'],
  files: ['net', 'time', 'fault'],
  exposure: ['net', 'text', 'time', 'fault', 'stats', 'sql', 'findings', 'scope', 'files'],
  recon: ['net', 'text', 'time', 'fault', 'stats', 'packet', 'fingerprint', 'sql', 'findings', 'files'],
  store: ['net', 'time', 'fault', 'sql'],
  sinks: ['net', 'text', 'time', 'fault', 'findings'],
  audit: ['net', 'time', 'fault', 'sql'],
  access: ['time', 'fault', 'sql'],
  schema: ['sql', 'fault', 'findings', 'exposure', 'recon', 'audit', 'access'],
  config: [
    'net',
    'time',
    'fault',
    'findings',
    'scope',
    'exposure',
    'recon',
    'store',
    'sinks',
    'audit',
    'daemon',
    'server',
  ],
  estate: ['net', 'text', 'time', 'fault', 'exposure', 'recon'],
  evaluate: ['net', 'text', 'time', 'fault', 'stats', 'findings', 'exposure', 'recon', 'estate'],
  report: ['net', 'text', 'time', 'fault', 'fingerprint', 'findings', 'exposure', 'recon', 'evaluate'],
  assembly: [
    'net',
    'text',
    'time',
    'fault',
    'files',
    'sql',
    'findings',
    'scope',
    'exposure',
    'recon',
    'store',
    'sinks',
    'audit',
    'access',
    'schema',
    'config',
    'estate',
    'report',
    'evaluate',
  ],
  daemon: ['text', 'time', 'fault', 'findings', 'scope', 'audit', 'config', 'assembly'],
  server: [
    'net',
    'text',
    'time',
    'fault',
    'sql',
    'api',
    'findings',
    'scope',
    'exposure',
    'recon',
    'audit',
    'access',
    'config',
    'report',
    'assembly',
  ],
  cli: [
    'net',
    'text',
    'time',
    'fault',
    'findings',
    'scope',
    'exposure',
    'recon',
    'config',
    'estate',
    'report',
    'evaluate',
    'assembly',
    'daemon',
    'server',
    'audit',
    'access',
  ],
  web: ['api', 'text'],
};
// dependency-cruiser 17 asks swc for TypeScript and never for TSX, on which swc then stops the whole fence. It calls the
// parser through the module's exports, so the answer for .tsx can be put there.
const swc = require('@swc/core');
const { parseFileSync } = swc;
swc.parseFileSync = (file, options) => parseFileSync(file, { ...options, tsx: file.endsWith('.tsx') });

const room = (name) => `^src/${name}/`;
const roomRules = Object.entries(ROOMS).map(([name, may]) => ({
  name: `room-${name}`,
  severity: 'error',
  comment: `${name}/ may import ${may.length ? may.join(', ') : 'nothing outside itself'}. Move the code, or pass the value in from assembly/.`,
  from: { path: room(name), pathNot: '[.]test[.]ts$' },
  to: { path: '^src/', pathNot: [room(name), ...may.map(room)] },
}));
// A stage meets its neighbours only in its half's flow/.
const STAGES = {
  exposure: 'source|scan|parse|baseline|diff|assess|anomaly',
  recon: 'source|normalise|detect|correlate',
};
const stageRules = Object.entries(STAGES).map(([half, stages]) => ({
  name: `stages-of-${half}-do-not-touch`,
  severity: 'error',
  comment: `A stage of ${half}/ imports model/, queries/ and the lower ranks, never a sibling stage. Compose them in ${half}/flow/.`,
  from: { path: `^src/${half}/(${stages})/`, pathNot: '[.]test[.]ts$' },
  to: { path: `^src/${half}/(${stages}|flow)(/|[.]ts)`, pathNot: `^src/${half}/$1/` },
}));
const vocabularyRules = Object.entries(STAGES).map(([half, stages]) => ({
  name: `vocabulary-of-${half}-knows-no-stage`,
  severity: 'error',
  comment: `model/ and queries/ of ${half}/ are what the stages speak in; they import no stage.`,
  from: { path: `^src/${half}/(model|queries)/`, pathNot: '[.]test[.]ts$' },
  to: { path: `^src/${half}/(${stages}|flow)(/|[.]ts)` },
}));
// The only places that open files, sockets, processes or threads.
const EDGES = 'files|exposure/(source|scan)|recon/source|store|sinks|audit|config|assembly|daemon|server|cli';
module.exports = {
  forbidden: [
    ...roomRules,
    ...stageRules,
    ...vocabularyRules,
    {
      name: 'detectors-are-strangers',
      severity: 'error',
      comment:
        'One detector never imports another. Shared arithmetic belongs in recon/model/ or a lower rank.',
      from: { path: '^src/recon/detect/([^/]+)/' },
      to: { path: '^src/recon/detect/[^/]+/', pathNot: '^src/recon/detect/$1/' },
    },
    {
      name: 'io-only-at-the-edges',
      severity: 'error',
      comment: `Files, sockets and processes are opened in ${EDGES}. Elsewhere take the data as an argument.`,
      from: { path: '^src/', pathNot: [`^src/(${EDGES})/`, '[.]test[.]ts$'] },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto|util|assert|url)$' },
    },
    ...Object.keys(STAGES).map((half) => ({
      name: `front-door-of-${half}`,
      severity: 'error',
      comment: `From outside, ${half}/ is entered by flow/, config.ts, model/ or queries/. Its stages are private.`,
      from: { path: '^src/', pathNot: [room(half), '[.]test[.]ts$'] },
      to: { path: room(half), pathNot: `^src/${half}/(config[.]ts$|flow/|model/|queries/)` },
    })),
    {
      name: 'config-reads-sections-only',
      severity: 'error',
      comment: "config/ composes each room's config.ts and knows nothing else about the room.",
      from: { path: '^src/config/', pathNot: '[.]test[.]ts$' },
      to: {
        path: '^src/(findings|scope|exposure|recon|store|sinks|audit|daemon|server)/',
        pathNot: '/config[.]ts$',
      },
    },
    {
      name: 'clickhouse-client-only-in-store',
      severity: 'error',
      comment: 'Declare a Query in sql terms and let store/ run it.',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: '(^|/)(chdb|@clickhouse)(/|$)' },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'Data flows one way.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-drawer',
      severity: 'error',
      comment: 'Name the concept instead.',
      from: {},
      to: { path: '/(utils?|helpers?|common|misc|shared|lib)(/|[.]ts$)', pathNot: 'node_modules' },
    },
    {
      name: 'no-drawer-unimported',
      severity: 'error',
      comment: 'Name the concept instead.',
      from: { path: '/(utils?|helpers?|common|misc|shared|lib)(/|[.]ts$)', pathNot: 'node_modules' },
      to: {},
    },
    {
      name: 'src-knows-no-test',
      severity: 'error',
      comment: 'Product code never imports a test.',
      from: { path: '^src/', pathNot: '[.]test[.]ts$' },
      to: { path: '[.]test[.]ts$|^test/' },
    },
    {
      name: 'no-unlisted-room',
      severity: 'error',
      comment:
        'Every file under src/ belongs to a room named in ROOMS. Add the room there, with what it may import, in the same commit.',
      from: { path: '^src/', pathNot: Object.keys(ROOMS).map(room) },
      to: {},
    },
    { name: 'not-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphan',
      severity: 'error',
      comment: 'A file that nothing imports and that imports nothing is dead wood.',
      from: { orphan: true, path: '^src/', pathNot: '[.](test|d)[.]ts$' },
      to: {},
    },
  ],
  options: {
    // TypeScript 7 ships no compiler API, and without a parser the fence sees no module and looks green.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
