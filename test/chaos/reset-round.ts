import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from '../../contracts/event.ts';
import type { LedgerRow } from '../../contracts/money.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import { until } from '../setup/until.ts';
import { type Answer, patientClient } from './client.ts';
import { type Listener, listenTo } from './listener.ts';
import type { Random } from './random.ts';
import { anyPlace, type ResetWorld } from './reset-world.ts';
import { folderOf, linesOf } from './system.ts';

/** Everything seen of a job that was reset. */
export interface ResetJob {
  job_id: string;
  status(): Promise<Answer['body']>;
  /** waits until the job, as the API says, is like that; throws at once where it has failed */
  reach(what: string, wanted: (view: Answer['body']) => boolean): Promise<Answer['body']>;
  /** sends a command and waits for its answer, whatever happens to the job meanwhile; throws when it is refused */
  command(path: string, body?: object): Promise<Answer>;
  /** resets the job, or a task, several times, at any moment from now; gives how often */
  resets(random: Random, most: number, task_id?: string): Promise<number>;
  /** the lines of a file in its folder */
  lines(file: string): string[];
  write(file: string, text: string): void;
  /** the model calls about it */
  calls(): FakeCall[];
  /** waits for the end of its stream of events, and gives what is known of it then */
  end(): Promise<{ view: Answer['body']; journal: JobEvent[]; heard: JobEvent[]; ledger: LedgerRow[] }>;
  close(): void;
}

const OVER = ['failed', 'cancelled', 'rejected'];

/**
 * Submits a job.
 * @param about stands in the prompt of every model call about it, and of none other
 */
export async function submitTo(world: ResetWorld, body: object, about: string): Promise<ResetJob> {
  const { system, fake } = world;
  const client = patientClient(system.url);
  const from = fake.calls.length;
  const submitted = await client.post('/orchestrate/submit', body);
  if (submitted.status !== 201 && submitted.status !== 200)
    throw new Error(`${submitted.status}: ${JSON.stringify(submitted.body)}`);
  const { job_id } = submitted.body as { job_id: string };
  const path = `/orchestrate/${job_id}`;
  const listener: Listener = listenTo(system.url, job_id);
  const status = async () => (await client.get(`${path}/status`)).body;
  const page = async (what: string) => (await client.get(`${path}/${what}`)).body;
  return {
    job_id,
    status,
    async reach(what, wanted) {
      let last: Answer['body'];
      const reached = async () => {
        last = await status();
        return wanted(last) || OVER.includes(last.status);
      };
      await until(reached, { timeoutMs: 90_000, what }).catch((error) => {
        throw new Error(`${error.message}: ${JSON.stringify(last)}`);
      });
      if (!wanted(last)) throw new Error(`waited for ${what}: ${JSON.stringify(last)}`);
      return last;
    },
    async command(to, sent = {}) {
      const answer = await client.post(`${path}/${to}`, sent);
      if (answer.status !== 200) throw new Error(`${to}: ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer;
    },
    async resets(random, most, task_id) {
      const times = random.between(1, most);
      for (let time = 0; time < times; time++) {
        await sleep(random.between(0, 400));
        await world.reset(anyPlace(random), job_id, task_id);
      }
      return times;
    },
    lines: (file) => linesOf(system, job_id, file),
    write(file, text) {
      const folder = folderOf(system, job_id);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    calls: () => fake.calls.slice(from).filter(({ body: asked }) => JSON.stringify(asked).includes(about)),
    async end() {
      await until(listener.isOver, { timeoutMs: 120_000, what: `the end of ${job_id}` });
      const [view, { events: journal }, { ledger }] = [
        await status(),
        await page('events?limit=500'),
        await page('ledger'),
      ];
      return { view, journal, heard: listener.events, ledger };
    },
    close: () => listener.stop(),
  };
}
