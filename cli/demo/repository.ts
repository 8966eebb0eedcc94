import { join } from 'node:path';
import { dataOf, type Schemas } from '../../client/client.ts';
import { dataDir } from '../../config/data-dir.ts';
import { makeRepository } from '../../examples/repository/make.ts';
import { readAddresses } from '../../runtime/addresses.ts';
import { CLI } from '../called.ts';
import { readDiff } from '../commands/changes.ts';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';
import { readJob } from '../follow-logs.ts';
import { readObject } from '../input.ts';
import { style } from '../output.ts';
import { planText } from '../view/plan.ts';
import { harmless } from '../view/text.ts';
import { exitOf, watchJob } from '../watch.ts';
import { checkBranch } from './check-branch.ts';
import { heading } from './heading.ts';
import { newFolder } from './new-folder.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const EXAMPLE = join(CHECKOUT, 'examples/repository.yaml');

/** It takes half a minute; something that waits for a person, because it went wrong, ends the demo. */
const LONGEST_SECONDS = 300;

/**
 * Makes a small repository, and has five commands change it side by side: plan, merges, work that is taken back, the
 * branch with all of it, and its tests. Gives the exit code.
 */
export async function repositoryDemo(context: Context): Promise<number> {
  const { api, out } = context;
  const folder = made(context);
  heading(context, 'Make a repository, a small TypeScript package');
  out.print(folder);

  heading(context, `Submit examples/repository.yaml to ${context.address.url}`);
  const body = { ...(await readObject(EXAMPLE)), with: { checkout: CHECKOUT, repository: folder } };
  const { job_id, plan } = await dataOf(
    api.POST('/orchestrate/submit', { body: body as unknown as Schemas['Submission'] }),
  );
  if (!plan) throw new CliError(`Job ${job_id} has no plan yet: ${CLI} watch ${job_id}`);
  out.print(planText(plan, await readJob(context, job_id)));

  heading(context, `Approve version ${plan.version} of the plan, and watch job ${job_id}`);
  const params = { path: { job_id } };
  await dataOf(api.POST('/orchestrate/{job_id}/approve', { params, body: { plan_version: plan.version } }));
  const job = await watchJob(context, job_id, {
    timeout_seconds: LONGEST_SECONDS,
    until_person: true,
    onEvent: async ({ type, task_id, data }, say) => {
      if (type === 'merge.landed') say(style('green', `Landed: ${task_id}`));
      if (type === 'merge.taken_back') say(style('yellow', takenBack(`${task_id}`, `${data.how}`)));
    },
  });
  const { repository } = job;
  if (exitOf(job) !== 0 || !repository?.delivered) {
    out.data({ job });
    return exitOf(job);
  }

  heading(context, 'What has changed');
  const diff = String(await readDiff(context, job_id, undefined, 'stat'));
  out.print(harmless(diff).trimEnd());

  const { branch, check } = repository;
  heading(context, `The branch, and ${check.command} in a clone of it`);
  const { log, passed, output } = await checkBranch(folder, branch, check.command!);
  out.print(harmless(`${log}\n\n${output}`));
  out.print(`\nThe whole diff:  ${CLI} diff ${job_id}`);
  out.print(`The repository:  git -C ${folder} log --graph ${branch}`);
  out.data({ job, diff, check: { passed, output } });
  return passed ? exitOf(job) : 1;
}

const takenBack = (task_id: string, how: string): string =>
  harmless(
    `Taken back: ${task_id}. The check failed with it (${how}); it is tried again, and told what the check printed.`,
  );

/** Makes the repository where the service of this data folder may work in it. Throws a CliError. */
function made({ globals }: Context): string {
  const dir = dataDir(globals.dataDir);
  const { examples } = dataDir(readAddresses(dir)?.data_dir ?? dir.root);
  try {
    const folder = newFolder(examples, 'repository');
    makeRepository(folder);
    return folder;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`No repository could be made below ${examples}: ${why}.`);
  }
}
