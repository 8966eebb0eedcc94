import { run } from '../../toolchain/run.ts';
import type { Check } from './check.ts';

/** The first Node that runs TypeScript and has the SQLite that is used. */
const NEEDED_NODE = 24;

/** Node and Go. */
export async function machineChecks(): Promise<Check[]> {
  const [major] = process.versions.node.split('.');
  const node: Check = {
    name: 'Node',
    state: Number(major) >= NEEDED_NODE ? 'ok' : 'missing',
    detail: `${process.version} (${process.execPath})`,
    ...(Number(major) >= NEEDED_NODE
      ? {}
      : { fix: `npm ci brings Node ${NEEDED_NODE}; run \`npx orchestrator\`` }),
  };
  const go = await run('go', ['version'], { timeoutSeconds: 10 });
  return [
    node,
    go.code === 0
      ? { name: 'Go', state: 'ok', detail: go.stdout.trim() }
      : {
          name: 'Go',
          state: 'note',
          detail: 'not installed; only needed to build Temporal if it cannot be downloaded',
        },
  ];
}
