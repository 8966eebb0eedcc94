import { jobWorkflowId } from '../../../contracts/names.ts';
import { planQuery } from '../../../workflows/messages.ts';
import type { TestJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import type { Stage } from '../stage.ts';

/** Plays one kind of job on a stage; gives the ids of the workflows to record, children come along. */
export type Kind = (stage: Stage) => Promise<string[]>;

/** Kinds by name; the name is the recording's. */
export type Kinds = Record<string, Kind>;

/** The job's own workflow, once it has ended as expected. Throws when it has ended otherwise. */
export async function endedAs(job: TestJob, status: string): Promise<string[]> {
  const result = await job.result();
  if (result.status === status) return [jobWorkflowId(job.job_id)];
  throw new Error(`${job.job_id} ended ${result.status}, not ${status}`);
}

/** Sends what has to be refused. Throws when it is followed. */
export async function refused(command: Promise<unknown>): Promise<void> {
  const followed = await command.then(
    () => true,
    () => false,
  );
  if (followed) throw new Error('a command was followed that should be refused');
}

/** Waits until the journal has an event of the type. */
export async function said(job: TestJob, type: string): Promise<void> {
  const isSaid = async () => (await job.events()).some((event) => event.type === type);
  await until(isSaid, { what: type });
}

/** Whether the current version was checked against the roster. */
export async function untilChecked(job: TestJob): Promise<boolean> {
  return (await job.handle.query(planQuery)).checked;
}
