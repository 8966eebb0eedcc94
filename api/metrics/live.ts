import { Gauge, type Registry } from 'prom-client';
import { isClosed, JobStatus, TaskStatus } from '../../contracts/status.ts';
import type { LiveJob } from '../../contracts/telemetry.ts';
import { ApprovalView } from '../../contracts/view.ts';
import type { Read } from './sources.ts';

type Numbers = Partial<Record<string, number>>;

/** Serves what live jobs are doing at the moment, as the database has it: about a second old. */
export function liveMetrics(registry: Registry, read: Read<readonly LiveJob[]>): void {
  const total = (name: string, help: string, of: (job: LiveJob) => number | undefined) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const jobs = await read();
        if (jobs) this.set(jobs.filter(isLive).reduce((sum, job) => sum + (of(job) ?? 0), 0));
        else this.remove();
      },
    });
  };
  const byLabel = (
    name: string,
    help: string,
    label: string,
    values: readonly string[],
    of: (job: LiveJob) => Numbers,
  ) => {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      async collect() {
        const jobs = await read();
        this.reset();
        if (!jobs) return;
        for (const value of values) {
          const n = jobs.filter(isLive).reduce((sum, job) => sum + (of(job)[value] ?? 0), 0);
          this.set({ [label]: value }, n);
        }
      },
    });
  };
  const statuses = JobStatus.options.filter((status) => !isClosed(status));
  byLabel('orchestrator_jobs', 'Live jobs, by status', 'status', statuses, ({ status }) => ({ [status]: 1 }));
  byLabel(
    'orchestrator_tasks',
    'Tasks of live jobs, by status',
    'status',
    TaskStatus.options,
    ({ tasks }) => tasks,
  );
  total('orchestrator_tasks_active', 'Tasks that are being worked on', ({ tasks }) => tasks.running);
  total(
    'orchestrator_tasks_parked',
    'Tasks that wait for the rate limit of a provider',
    ({ parked }) => parked,
  );
  byLabel(
    'orchestrator_approvals_waiting',
    'What waits for a person, by kind',
    'kind',
    ApprovalView.shape.kind.options,
    ({ approvals }) => approvals,
  );
}

const isLive = ({ status }: LiveJob): boolean => !isClosed(status);
