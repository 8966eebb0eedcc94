import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { mirrorFolder } from '../../activities/repository/mirror/mirror.ts';
import { MISSING } from '../sandbox/setup.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { type KillingGit, killingGit, MOMENTS, type Moment } from './killing-git.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';
import { startWorkerWorld, type WorkerProcess, type WorkerWorld } from './worker-process.ts';

/** `ORCHESTRATOR_CHAOS=long` kills at every call of git, at each of the moments: hours. `KILL_FROM=40` goes on from a call. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const FROM = Number(process.env.KILL_FROM ?? 1);
/** A lost worker is waited for most of the time: so many die at once, each in a world of its own. */
const WORLDS = [
  // in a sandbox the calls of git can't kill the worker: there it dies where a sandbox is made
  { sandbox: 'none', mode: 'off', lanes: 3, some: 4, missing: null },
  { sandbox: 'bubblewrap', mode: 'required', lanes: 2, some: 2, missing: MISSING },
] as const;

interface Lane {
  git: KillingGit;
  world: WorkerWorld;
  worker: WorkerProcess;
}

const sources: Source[] = [];
afterAll(() => {
  for (const source of sources) source.remove();
});

async function startLane(mode: 'off' | 'required'): Promise<Lane> {
  const git = killingGit();
  const world = await startWorkerWorld(stringify({ ...ANY_SOURCE, sandbox: { mode } }));
  return { git, world, worker: await world.start({ path: git.path }) };
}

interface Played {
  lane: Lane;
  job: TestJob;
  source: Source;
}

/** Runs a job of two tasks whose work is merged, and a third on top of both; the worker is started again whenever it has died. */
async function play(lane: Lane, call: number | null, moment?: Moment): Promise<Played> {
  const { git, world } = lane;
  const source = makeSource({ 'a.txt': 'a\n', 'b.txt': 'b\n', check: 'grep -q . a.txt b.txt\n' });
  sources.push(source);
  git.arm(call, moment);
  if (lane.worker.isOver()) lane.worker = await world.start({ path: git.path });
  const struck = lane.worker;
  const job = await startJob(
    world,
    {
      ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
      plan: planOf([
        { task_id: 'one', command: 'echo one > a.txt; echo new > one.txt' },
        { task_id: 'two', command: 'echo two > b.txt' },
        { task_id: 'both', command: 'cat a.txt b.txt > both.txt', depends_on: ['one', 'two'] },
      ]),
    },
    { heartbeat_seconds: 2 },
  );
  const result = job.result();
  const over = result.then(() => 'over' as const);
  while ((await Promise.race([over, lane.worker.ended])) !== 'over')
    lane.worker = await world.start({ path: git.path });
  expect(await result).toMatchObject({ status: 'completed' });
  expect(struck.isOver()).toBe(git.hasKilled());
  return { lane, job, source };
}

/** What must hold however often the worker died. Gives the tree of the result. */
async function expectWhole({ lane, job, source }: Played): Promise<string> {
  const branch = `orchestrator/${job.job_id}/result`;
  // on a machine that is busy with restarts an answer may come too late for Temporal
  const view = await until(job.status, { what: 'the status' });
  expect(view.repository).toMatchObject({ landed: 3, queue: [], delivered: { ref: branch } });
  expect(source.git('rev-parse', branch)).toBe(view.repository!.head_sha);
  const named = { owner: 'local', location: source.path };
  const cwd = join(mirrorFolder(lane.world.mirrors_dir, named), 'git');
  const inMirror = (...args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const refs = inMirror('for-each-ref', '--format=%(refname:lstrip=4)', 'refs/heads/orchestrator');
  expect(inMirror('fsck', '--full', '--strict', '--no-dangling')).toBe('');
  expect(source.git('fsck', '--full', '--strict', '--no-dangling')).toBe('');
  const events = await until(job.events, { what: 'the journal' });
  expect(refs.split('\n').toSorted()).toEqual(['base', 'result', 'tasks/both', 'tasks/one', 'tasks/two']);
  const landed = events.filter(({ type }) => type === 'merge.landed').map(({ task_id }) => task_id);
  expect(landed.toSorted()).toEqual(['both', 'one', 'two']);
  expect(events.filter(({ type }) => type === 'merge.taken_back')).toEqual([]);
  return source.git('rev-parse', `${branch}^{tree}`);
}

for (const { sandbox, mode, lanes: count, some, missing } of WORLDS) {
  describe.skipIf(missing)(`with the sandbox ${sandbox}${missing ? ` (${missing})` : ''}`, () => {
    let lanes: Lane[] = [];
    beforeAll(async () => {
      lanes = await Promise.all(Array.from({ length: count }, () => startLane(mode)));
    }, 300_000);
    afterAll(async () => {
      for (const { world, git } of lanes) {
        await world.close();
        git.remove();
      }
    });

    test('a job whose worker dies at a call of git ends with the same tree, and nothing is lost', {
      timeout: isLong ? 7_200_000 : 240_000,
    }, async () => {
      const undisturbed = await play(lanes[0]!, null);
      const tree = await expectWhole(undisturbed);
      const calls = lanes[0]!.git.calls();
      expect(calls.length).toBeGreaterThan(some);
      const blows = isLong
        ? calls
            .flatMap((_, index) => MOMENTS.map((moment) => ({ call: index + 1, moment })))
            .filter(({ call }) => call >= FROM)
        : Array.from({ length: some }, (_, index) => ({
            call: Math.ceil(((index + 0.5) / some) * calls.length),
            moment: MOMENTS[index % MOMENTS.length]!,
          }));
      const strike = async (lane: Lane) => {
        for (let blow = blows.shift(); blow; blow = blows.shift()) {
          const { call, moment } = blow;
          if (isLong) console.log(`${sandbox}: ${moment} call ${call} of ${calls.length}`);
          const about = () =>
            `killed ${moment} call ${call} of ${calls.length}: git ${lane.git.calls()[call - 1]}`;
          try {
            const played = await play(lane, call, moment);
            expect(await expectWhole(played)).toBe(tree);
            // how many calls there are depends on what is merged together
            if (call < calls.length / 2) expect(lane.git.hasKilled()).toBe(true);
          } catch (error) {
            throw new Error(`${about()}\n${lane.worker.output().slice(-4000)}`, { cause: error });
          }
        }
      };
      await Promise.all(lanes.map(strike));
    });
  });
}
