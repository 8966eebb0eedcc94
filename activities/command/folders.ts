import { join } from 'node:path';

/** Folders of a job on its host: the job's own, where commands work, and what belongs to one attempt. */
export interface AttemptFolders {
  /** shared by the job's tasks */
  job: string;
  /** `$HOME` of what it starts in a sandbox, shared by its attempts */
  home: string;
  artifacts: string;
  /** `$ORCHESTRATOR_INPUTS` */
  inputs: string;
  context_file: string;
  stdout_file: string;
  stderr_file: string;
}

/** Where one attempt of a task works and leaves its traces. */
export function attemptFolders(
  workDir: string,
  jobId: string,
  taskId: string,
  attempt: number,
): AttemptFolders {
  const job = join(workDir, jobId);
  const task = join(job, '.attempts', taskId);
  const own = join(task, String(attempt));
  return {
    job,
    home: join(task, 'home'),
    artifacts: join(own, 'artifacts'),
    inputs: join(own, 'inputs'),
    context_file: join(own, 'context.json'),
    stdout_file: join(own, 'stdout.log'),
    stderr_file: join(own, 'stderr.log'),
  };
}
