import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { collectRuns } from '../replay/collect.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { decoded, withContents } from './kept.ts';
import { API_KEY, agentNamed, synthesis, turn, use, useAgents, work } from './setup.ts';

const SECRET = 'hunter2-of-the-"owner"';
const SHELL_SECRET = `'${SECRET}'`;

const world = useAgents({ agents: [agentNamed('tester')], secrets: { DEPLOY: SECRET, DIGIT: '1' } });

/** All that is stored and told of a job: status, events, live notes, histories of all runs, artifacts and outputs. */
async function everythingOf(job: TestJob): Promise<string> {
  const view = await job.status();
  const events = await job.events();
  const notes = world.notes.filter((note) => note.job_id === job.job_id);
  const runs = await collectRuns(world.client, [`job-${job.job_id}`]);
  const archived = await world.store.readArchived(job.job_id);
  const text = JSON.stringify([view, events, notes, archived]) + JSON.stringify(runs, decoded);
  return await withContents(world, text);
}

const isIn = (text: string): boolean =>
  [
    SECRET,
    JSON.stringify(SECRET).slice(1, -1),
    JSON.stringify(JSON.stringify(SECRET).slice(1, -1)).slice(1, -1),
    API_KEY,
  ].some((form) => text.includes(form));

describe('secrets', () => {
  test('that one command kept in a file come out of no other: not as text, outputs, artifacts, errors or evidence', async () => {
    const show = 'cat key; cat key >&2';
    const job = await startJob(world, {
      on_task_failure: 'continue',
      plan: planOf(
        [
          {
            task_id: 'keep',
            env: { KEY: '${secret:DEPLOY}', DIGIT: '${secret:DIGIT}' },
            command: `printf %s "$KEY" > key; printf '%s' "$KEY" | base64 -w0 > key64; echo $DIGIT of 11`,
          },
          {
            task_id: 'show',
            depends_on: ['keep'],
            command: `${show}; cat key64; yes "$(cat key)" | head -2000`,
          },
          {
            task_id: 'slow',
            depends_on: ['keep'],
            command: 'head -c 9 key; sleep 0.2; tail -c +10 key',
          },
          {
            task_id: 'json',
            depends_on: ['keep'],
            command: [
              'node',
              '-e',
              'console.log(JSON.stringify({ key: require("fs").readFileSync("key", "utf8") }))',
            ],
          },
          {
            task_id: 'files',
            depends_on: ['keep'],
            command: `cp key "$ORCHESTRATOR_ARTIFACTS/key.txt"; (printf 'a\\0b'; cat key; printf 'c') > "$ORCHESTRATOR_ARTIFACTS/key.bin"; cp key "$ORCHESTRATOR_ARTIFACTS/$(cat key).txt"`,
          },
          { task_id: 'fails', depends_on: ['keep'], max_attempts: 1, command: `${show}; exit 3` },
        ],
        {
          acceptance_criteria: [{ criterion_id: 'c1', text: 'shown', command: `${show}; cat key64; exit 1` }],
        },
      ),
      max_repair_rounds: 0,
    });
    world.fake.expect(synthesis());
    const view = await job.reach('completed', 'failed', 'needs_review');
    const everything = await everythingOf(job);
    expect(isIn(everything)).toBe(false);
    expect(everything).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 16));
    const task = (id: string) => view.tasks.find(({ task_id }) => task_id === id)!;
    expect(task('keep').output_preview).toBe('1 of 11\n');
    expect(task('show').output_preview).toContain('***');
    expect(task('slow').output_preview).toBe('***');
    expect(task('fails').error?.tail).toBe('***');
    expect(view.criteria[0]!.evidence).toContain('***');
    const created = (await job.events()).filter(
      ({ type, task_id }) => type === 'artifact.created' && task_id === 'files',
    );
    const names = created.map(({ data }) => data.name);
    expect(names).toContain('***.txt');
    const binary = created.find(({ data }) => data.name === 'key.bin')!;
    const bytes = await buffer(await world.store.openContent(binary.data.sha256 as string));
    expect(bytes.toString()).toBe(`a\0b${'*'.repeat(SECRET.length)}c`);
    const lines = world.notes.filter((note) => note.kind === 'line' && note.job_id === job.job_id);
    expect(JSON.stringify(lines)).toContain('***');
  });

  test('that a model repeats are in none of its words, calls, results or files', async () => {
    world.fake.expect(
      turn('Mind the key', {
        text: `The key is ${SECRET}, I say ${API_KEY}.`,
        tool_use: [
          use('write_file', { file_path: 'told.txt', content: `x ${SECRET}` }),
          use('save_artifact', { name: 'note.txt', content: `y ${SECRET}` }),
          use('bash', {
            command: `printf %s ${SHELL_SECRET}; printf %s ${SHELL_SECRET} > "$ORCHESTRATOR_ARTIFACTS/z.txt"`,
          }),
          use('report_progress', { status: 'working', message: `I know ${SECRET}` }),
        ],
      }),
      turn('Mind the key', { text: `In the end: ${SECRET}` }),
      synthesis(),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Mind the key')]) });
    await job.reach('completed');
    const everything = await everythingOf(job);
    expect(isIn(everything)).toBe(false);
    expect(everything).toContain('I know ***');
    const deltas = world.notes.filter((note) => note.kind === 'delta' && note.job_id === job.job_id);
    expect(JSON.stringify(deltas)).toContain('The key is ***');
    expect((await job.status()).tasks[0]!.output_preview).toBe('In the end: ***');
  });
});
