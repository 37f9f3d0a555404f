// Which way imports point (docs/adr/0002). Lower rooms never see higher ones, and the rooms of one level never see each
// other; what they share stands below them in `ports` and `protocol`. `test/architecture` proves that this file bites.
const rooms = {
  protocol: [],
  ports: ['protocol'],
  policy: ['protocol', 'ports'],
  audit: ['protocol', 'ports'],
  web: ['protocol', 'ports'],
  client: ['protocol', 'ports'],
  'resource-server': ['protocol', 'ports'],
  'authorization-server': ['protocol', 'ports'],
  storage: ['protocol', 'ports'],
  gateway: ['protocol', 'ports', 'policy', 'resource-server'],
};
const neutral = ['protocol', 'ports', 'policy', 'audit', 'client', 'resource-server', 'authorization-server', 'web'];

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, below]) => ({
      name: `${room}-imports-only-below`,
      severity: 'error',
      comment: `packages/${room} may import ${below.length > 0 ? below.join(', ') : 'no other room'}`,
      from: { path: `^packages/${room}/` },
      to: { path: '^(packages|apps)/', pathNot: `^packages/(${[room, ...below].join('|')})/` },
    })),
    {
      name: 'neutral-rooms-run-anywhere',
      severity: 'error',
      comment: 'Web standards only; what needs Node sits in a folder named node, or in a test',
      from: { path: `^packages/(${neutral.join('|')})/src/`, pathNot: '(/node/|/testing/|\\.test\\.ts$)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-storage-knows-a-driver',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '^packages/storage/' },
      to: { path: 'node_modules/(kysely|@photostructure/sqlite|pg|ioredis)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '/testing/' },
      to: { circular: true },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { pathNot: '(/testing/|\\.test\\.ts$)' },
      to: { path: '(/testing/|\\.test\\.ts$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^(packages|apps)/[^/]+/dist/|\\.mjs$)' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // `portcullis-source` leads workspace imports to their sources, so that this holds with or without a build.
      conditionNames: ['portcullis-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
