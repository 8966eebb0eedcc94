import type { Job } from '../context.ts';
import { interruptible } from '../model.ts';
import { messageOf, runCheck } from './on-host.ts';

/** The check on the base itself: beside planning, so that a person knows before they approve. Begun anew by each run. */
export function checkBase(job: Job): void {
  const { state } = job;
  const { repository } = state;
  if (!repository?.base || !['pending', 'running'].includes(repository.base_check.status)) return;
  repository.base_check.status = 'running';
  void judgeBase(job).catch((error: unknown) => {
    const message = messageOf(error);
    repository.base_check = { status: 'none', log_ref: null, how: message };
    state.warnings.push(`the check could not be run on the base: ${message}`);
    job.touch();
  });
}

async function judgeBase(job: Job): Promise<void> {
  const { state } = job;
  const repository = state.repository!;
  const { sha, branch } = repository.base!;
  const checked = await interruptible(job, () => runCheck(job, sha, 'base'));
  if (!checked) return;
  const { passed, how, log_ref, seconds, flaky } = checked;
  repository.base_check = { status: passed ? 'passed' : 'failed', log_ref, ...(passed ? {} : { how }) };
  if (repository.head_sha === sha) repository.head_check = repository.base_check;
  if (!passed) {
    const check = repository.commands.check.command;
    state.warnings.push(
      `the check \`${check}\` fails on ${branch} itself (${how}): nothing lands before some work mends that`,
    );
  }
  job.emit([{ type: 'repository.base_checked', data: { passed, how, log_ref, seconds, flaky } }]);
}
