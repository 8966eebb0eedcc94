import { fileURLToPath } from 'node:url';

/** Files that the workflows are bundled from. */
export const WORKFLOW_MODULES = {
  workflows: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  interceptors: [
    fileURLToPath(new URL('../workflows/argument-guard.ts', import.meta.url)),
    fileURLToPath(new URL('../workflows/reset.ts', import.meta.url)),
    fileURLToPath(new URL('../workflows/query-guard.ts', import.meta.url)),
    fileURLToPath(new URL('../workflows/spare-marks.ts', import.meta.url)),
  ],
};
