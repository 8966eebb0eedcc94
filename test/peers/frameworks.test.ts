import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startFramework } from '../../bench/peers/engine.ts';
import { FRAMEWORKS } from '../../bench/peers/run.ts';
import { randomDag } from '../../bench/plans.ts';
import { checkOrder, readLog } from '../../bench/task-log.ts';
import { findPeerPackages } from '../../toolchain/peer-programs.ts';

/** The frameworks that the benchmark measures beside the service, each as it uses it. */

const folder = mkdtempSync(join(tmpdir(), 'orchestrator-frameworks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tasks = randomDag(2, [20, 24], []).map((task) => ({ ...task, estimated_seconds: 0.01 }));

test.for(FRAMEWORKS)(
  '$name does a plan in order and within its bound, and waits at its gate',
  async (framework, context) => {
    const found = await findPeerPackages('frameworks', { onProgress: (line) => console.log(line) });
    if (found.packages === undefined)
      return context.skip(`the frameworks are not to be had here: ${found.reason}`);
    const engine = await startFramework(framework, found.packages);
    try {
      for (const gate of [false, true]) {
        const job = {
          id: `gate-${gate}`,
          tasks,
          max_workers: 3,
          gate,
          log: join(folder, `${framework.variant}-${gate}`),
        };
        await engine.run(job);
        if (gate) {
          expect(readLog(job.log)).toEqual([]);
          await engine.approve(job);
        }
        checkOrder(readLog(job.log), tasks, 3);
      }
    } finally {
      await engine.stop();
    }
  },
);
