// What workflows load when they run: every workflow evaluates again all that it imports, types apart.
module.exports = {
  forbidden: [
    {
      name: '3b-tasks-load-no-schemas',
      comment: 'schemas cost a task more than all else that it does: only jobs load them (docs/design.md)',
      severity: 'error',
      from: { path: '^workflows/', pathNot: '^workflows/(index|job/)' },
      to: { path: '^node_modules/zod/', reachable: true },
    },
    {
      name: '3c-workflows-load-no-provider',
      comment: "a provider's SDK would be bundled into every workflow without a word",
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^(providers|activities|store|node_modules/(@anthropic-ai|openai))/', reachable: true },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
    doNotFollow: { path: 'node_modules' },
  },
};
