// Who may import whom. A new module gets its place in the line below; everything else follows from it.

/** Each module uses only those before it. */
const moduleLine = [
  'audit',
  'identity',
  'notification',
  'roles',
  'inventory',
  'grant',
  'risk',
  'approval',
  'access-request',
  'emergency',
  'session',
  'statement',
  'sample',
];

/** Tests, the suites they share, and what sets their stage. */
const tests = '(\\.(test|suite|arbitrary)\\.tsx?|/test-[^/]+\\.tsx?|-(fixture|test-kit)\\.tsx?)$|/suite/';
const module_ = (name) => `^server/src/modules/${name}/`;

const onlyEarlierModules = moduleLine.map((name, index) => ({
  name: `${name}-uses-only-earlier-modules`,
  comment: `The modules stand in one line (${moduleLine.join(', ')}); a later one may use an earlier one, so that the order in which to read them is the order in which they depend. What an earlier one needs of a later one it declares as a port, and main hands it over.`,
  severity: 'error',
  from: { path: module_(name), pathNot: tests },
  to: { path: '^server/src/modules/', pathNot: moduleLine.slice(0, index + 1).map(module_) },
}));

module.exports = {
  forbidden: [
    ...onlyEarlierModules,
    {
      name: 'modules-meet-at-index',
      comment: 'Another module is used through its index.ts, which is its promise; the rest may change.',
      severity: 'error',
      from: { path: '^server/src/modules/([^/]+)/', pathNot: tests },
      to: { path: '^server/src/modules/[^/]+/', pathNot: ['^server/src/modules/$1/', '/index\\.ts$'] },
    },
    {
      name: 'every-module-stands-in-the-line',
      comment: 'A folder of server/src/modules that is not in moduleLine would escape the rules above.',
      severity: 'error',
      from: { path: '^server/src/modules/', pathNot: moduleLine.map(module_) },
      to: {},
    },
    {
      name: 'services-know-no-technique',
      comment: 'A use case reads without SQL, HTTP or one engine: those stand behind its ports, not even as a type.',
      severity: 'error',
      from: { path: '^server/src/modules/.*-service\\.ts$' },
      to: {
        path: [
          'node_modules/(kysely|pg|mysql2|fastify|@fastify)/',
          '^server/src/engines/[^/]+/',
          '^server/src/platform/http/(?!route\\.ts$)',
          '-store-sql\\.ts$',
          '-routes\\.ts$',
        ],
      },
    },
    {
      name: 'platform-and-engines-know-no-module',
      comment: 'They hold no knowledge of what Tidegate is for, and would pull modules into a circle.',
      severity: 'error',
      from: { path: '^server/src/(platform|engines)/', pathNot: tests },
      to: { path: '^server/src/(modules|main)/' },
    },
    {
      name: 'connection-methods-know-no-module',
      comment: 'They stand between the engines and the inventory: what a method needs of an instance it is handed.',
      severity: 'error',
      from: { path: '^server/src/connection-methods/', pathNot: tests },
      to: { path: '^server/src/(modules|main)/' },
    },
    {
      name: 'engines-and-platform-know-no-method',
      comment: 'An engine gets a target; how its secret is made is the business of one file.',
      severity: 'error',
      from: { path: '^server/src/(platform|engines)/', pathNot: tests },
      to: { path: '^server/src/connection-methods/' },
    },
    {
      name: 'platform-knows-no-engine',
      comment: 'The metadata store is not one of the guarded instances.',
      severity: 'error',
      from: { path: '^server/src/platform/', pathNot: tests },
      to: { path: '^server/src/engines/' },
    },
    {
      name: 'only-main-wires',
      comment: 'Nothing reaches back into the composition.',
      severity: 'error',
      from: { path: '^server/src/', pathNot: ['^server/src/main/', tests] },
      to: { path: '^server/src/main/' },
    },
    {
      name: 'contract-and-analysis-stand-alone',
      comment: 'They are pure and at the edge: both sides build on them.',
      severity: 'error',
      from: { path: '^(contract|sql-analysis)/', pathNot: tests },
      to: { path: '^(contract|sql-analysis|server|web|test-servers|e2e|bench)/', pathNot: '^$1/' },
    },
    {
      name: 'web-and-server-never-meet',
      comment: 'They agree in contract/ and meet only over HTTP.',
      severity: 'error',
      from: { path: '^(web|server)/' },
      to: { path: '^(web|server)/', pathNot: '^$1/' },
    },
    {
      name: 'web-takes-types-of-the-contract',
      comment: 'A value through its door brings all schemas and their library into the browser, 45 kB.',
      severity: 'error',
      from: { path: '^web/', pathNot: tests },
      to: { path: '^contract/src/index\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-knows-no-analysis',
      comment: 'Verdicts come from the server; only the splitting of a text, which needs no WebAssembly, is shared.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^sql-analysis/', pathNot: '^sql-analysis/src/split\\.ts$' },
    },
    {
      name: 'product-needs-no-test',
      comment: 'What ships must run without its tests, their servers and their fakes.',
      severity: 'error',
      from: { path: '^(contract|sql-analysis|server|web)/', pathNot: tests },
      to: { path: [tests, '^test-servers/', 'node_modules/(vitest|fast-check)/'] },
    },
    {
      name: 'nobody-uses-e2e-or-bench',
      comment: 'They stand outside and use the whole.',
      severity: 'error',
      from: { pathNot: '^(e2e|bench)/' },
      to: { path: '^(e2e|bench)/' },
    },
    {
      name: 'no-circle',
      comment: 'Files in a circle can only be understood together.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere would escape every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '\\?(url|raw|worker)$' },
    },
    {
      name: 'nothing-undeclared',
      comment: 'A package must be in the package.json of the workspace that imports it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|results|test-results)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'browser', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.d.ts'],
    },
    cache: false,
  },
};
