import { defineConfig } from 'vitest/config';

/** Programs of others take their time: they have a command of their own, `npm run test:peers`. */
const exclude = process.env.ORCHESTRATOR_PEERS ? [] : ['test/peers/**'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude,
    pool: 'forks', // the Temporal native module crashes in worker threads
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['test/setup/global.ts'],
  },
});
