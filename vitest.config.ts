import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/setup/longest-first.ts';

/** Folders whose tests need no server: no Temporal, no PostgreSQL, no browser. */
const unit = [
  'test/{assistants,bench,command,config,contracts,core,fakes,http-agent,model,parameters,providers,repository,sandbox,tools,worker}/**/*.test.ts',
];

/** Programs of others take their time: they have a command of their own, `npm run test:peers`. */
const slow = process.env.ORCHESTRATOR_PEERS ? [] : ['test/peers/**'];

export default defineConfig({
  test: {
    // Most of the time a test waits, for a server or for another process.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      {
        extends: true,
        test: {
          name: 'engine',
          include: ['test/**/*.test.ts'],
          exclude: [...unit, ...slow],
          globalSetup: ['test/setup/global.ts'],
        },
      },
    ],
    pool: 'forks', // the Temporal native module crashes in worker threads
    // Files share a few processes: starting one and loading everything into it takes longer than most files.
    isolate: false,
    // What Node compiled once is kept, for these processes and those that they start.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
    // Temporal's client repeats a call by a timer, also when its connection was closed meanwhile; nobody waits for it then.
    onUnhandledError: ({ message }) => (message === 'Channel has been shut down' ? false : undefined),
    testTimeout: 240_000,
    hookTimeout: 300_000,
  },
});
