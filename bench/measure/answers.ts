import type { Api } from '../api.ts';
import { randomDag } from '../plans.ts';
import { NOOP } from '../product/instant-agent.ts';
import type { Scale } from '../scale.ts';
import { approveAndRun } from './job-run.ts';

/** Tasks of the plan that is submitted. */
const PLAN_TASKS = 10;

/** Times of a person's first two steps, in milliseconds. */
export interface Answers {
  /** from sending a job with its plan until the answer that it awaits approval is here */
  submit_ms: number[];
  /** from sending the approval until the first agent was at work */
  first_work_ms: number[];
}

/** Submits jobs one after the other, then approves some of them one after the other and rejects the rest. */
export async function measureAnswers(api: Api, scale: Scale): Promise<Answers> {
  const tasks = randomDag(1, [PLAN_TASKS, PLAN_TASKS], NOOP);
  const submit_ms: number[] = [];
  const jobs: string[] = [];
  for (let n = 0; n < scale.submits; n += 1) {
    const began = performance.now();
    jobs.push(await api.submit(tasks, 5));
    submit_ms.push(performance.now() - began);
  }
  const first_work_ms: number[] = [];
  for (const job of jobs.slice(0, scale.approvals)) {
    first_work_ms.push((await approveAndRun(api, job)).first_work_ms!);
  }
  for (const job of jobs.slice(scale.approvals)) await api.command(job, 'reject');
  return { submit_ms, first_work_ms };
}
