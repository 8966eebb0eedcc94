/**
 * `npm run record`: plays every kind of job on a real Temporal server with a real worker, and writes the
 * histories to histories/<version>/<kind>.json; `npm run record -- KIND ...` those kinds alone. replay.test.ts replays them on the current code: jobs that were
 * started by an older release have to go on with this one.
 *
 * Until a version is released, record again into its folder whenever the workflows change. Once it is released
 * its folder stays as it is; the first change of the workflows after that raises VERSION and records into a new
 * folder. When a history of a released version does not replay any more, the change needs `patched()` in the
 * workflow, not a new recording. The folder `earlier` holds what the current code cannot record any more: a job
 * that sent what is large in parts, and two that an early version could not bring to an end, see earlier.test.ts.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { startTemporal } from '../setup/temporal-server.ts';
import { bundleWorkflows } from '../setup/workflow-bundle.ts';
import { collectRuns } from './collect.ts';
import { type Recording, writeRecordings } from './histories.ts';
import { attemptKinds } from './kinds/attempts.ts';
import { openHttpStage } from './kinds/http.ts';
import type { Kinds } from './kinds/kind.ts';
import { leanKinds } from './kinds/lean.ts';
import { longKinds } from './kinds/long.ts';
import { openHostlessStage, openSilentStage } from './kinds/lost.ts';
import { openModelStage } from './kinds/models.ts';
import { peopleKinds } from './kinds/people.ts';
import { planKinds } from './kinds/plans.ts';
import { openRepositoryStage } from './kinds/repository.ts';
import { resetKinds } from './kinds/resets.ts';
import { serviceKinds } from './kinds/service.ts';
import { openWebhookStage } from './kinds/webhooks.ts';
import { neutralize } from './neutral.ts';
import { openStage, type Stage, type Studio } from './stage.ts';

/** The folder that is recorded into. */
const VERSION = 'v1';

/** Opens the studio, plays everything, or the kinds that are wanted, and writes what was recorded. */
async function record(wanted: readonly string[]): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'orchestrator-record-')));
  const server = await startTemporal(folder);
  try {
    const bundle = await bundleWorkflows(folder);
    if (bundle.path === undefined) throw new Error(`The workflows are not bundled: ${bundle.reason}`);
    const recordings = await playAll({ address: server.address, bundle: bundle.path, folder }, wanted);
    const unknown = wanted.filter((name) => !recordings.some(({ kind }) => kind === name));
    if (unknown.length > 0) throw new Error(`There is no kind ${unknown.join(', ')}.`);
    const bytes = writeRecordings(VERSION, recordings, { keep_others: wanted.length > 0 });
    console.log(
      `${recordings.length} kinds of jobs, ${Math.round(bytes / 1024)} KB, in histories/${VERSION}`,
    );
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function playAll(studio: Studio, wanted: readonly string[]): Promise<Recording[]> {
  const plain = async () => {
    const stage = await openStage(studio);
    const kinds = {
      ...planKinds,
      ...attemptKinds,
      ...peopleKinds,
      ...longKinds,
      ...leanKinds,
      ...resetKinds,
      ...serviceKinds,
    };
    return { stage, kinds };
  };
  const openers = [
    plain,
    openHttpStage,
    openHostlessStage,
    openSilentStage,
    openModelStage,
    openWebhookStage,
    openRepositoryStage,
  ];
  const recordings: Recording[] = [];
  for (const open of openers) {
    const { stage, kinds: all, close } = { close: undefined, ...(await open(studio)) };
    const isWanted = ([name]: [string, unknown]) => wanted.length === 0 || wanted.includes(name);
    const kinds: Kinds = Object.fromEntries(Object.entries(all).filter(isWanted));
    try {
      const oneByOne = open === openModelStage;
      recordings.push(...(await play(stage, kinds, studio.folder, oneByOne ? 1 : 6)));
    } finally {
      await (close ?? stage.close)();
    }
  }
  return recordings;
}

/** Plays kinds, `atOnce` at a time, and collects the histories of each. */
async function play(stage: Stage, kinds: Kinds, folder: string, atOnce: number): Promise<Recording[]> {
  const left = Object.entries(kinds);
  const recordings: Recording[] = [];
  const player = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [kind, run] = next;
      try {
        const workflowIds = await run(stage);
        const runs = neutralize(await collectRuns(stage.client, workflowIds), folder);
        recordings.push({ kind, runs });
        console.log(`${kind}: ${runs.length} runs`);
      } catch (error) {
        throw new Error(`${kind} could not be recorded`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, player));
  return recordings;
}

await record(process.argv.slice(2));
