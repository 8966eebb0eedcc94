// The import rules of docs/design.md. Each rule has a number there.
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule(
      '1-contracts-import-zod-only',
      'contracts is the vocabulary: zod and nothing else',
      { path: '^contracts/' },
      { pathNot: ['^contracts/', '^node_modules/zod/'] },
    ),
    rule(
      '2-core-is-pure',
      'core decides; it imports contracts, and packages that only compute',
      { path: '^core/' },
      { pathNot: ['^core/', '^contracts/', '^node_modules/(zod|re2js)/'] },
    ),
    rule(
      '3-workflows-import-activities-as-types',
      'workflow code runs in the sandbox: core, contracts, the SDK, and types of activities',
      { path: '^workflows/' },
      {
        pathNot: ['^workflows/', '^core/', '^contracts/', '^node_modules/@temporalio/(workflow|common)/'],
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule(
      '4-api-does-not-import-the-worker',
      'the API translates; work belongs to the worker',
      { path: '^api/' },
      { path: '^(activities|worker)/' },
    ),
    rule(
      '4b-one-gateway',
      'api/gateway is the only user of the Temporal client in the API',
      { path: '^api/', pathNot: '^api/gateway' },
      { path: '^node_modules/@temporalio/client/' },
    ),
    rule(
      '4c-routes-are-the-top',
      'routes and compatibility APIs use the rest of the API, and nothing of it uses them',
      { path: '^api/(access|agents|events|gateway|jobs|metrics|openapi|request)/' },
      { path: '^api/(routes|compatibility)/' },
    ),
    rule(
      '5-outside-work-in-activities',
      'providers are called by activities; the API and the CLI do not call models',
      { path: '^(api|cli|workflows|core|contracts)/' },
      { path: '^node_modules/(@anthropic-ai|openai)/' },
    ),
    rule(
      '8-one-door',
      'the CLI and the dashboard go through the REST API (orchestrator keys, doctor and validate are the exceptions)',
      { path: '^(cli|dashboard)/', pathNot: '^cli/(keys|doctor|demo|validate|generate-client)' },
      { path: '^(api|store|workflows|activities|worker|core|providers)/', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      '8b-the-dashboard-is-a-client',
      'what runs in the browser: the client, the vocabulary, the examples as templates, and packages',
      { path: '^dashboard/(app|components|data|pages|main)' },
      { pathNot: ['^(dashboard|client|contracts|examples)/', '^node_modules/'] },
    ),
    rule('no-cycles', 'a cycle hides an idea, also one of types', {}, { circular: true }),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules/.cache|dist|generated)/' },
  },
};
