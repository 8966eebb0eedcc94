/** The names under which reads are cached; a prefix stands for all under it. */
export const keys = {
  jobs: ['jobs'] as const,
  projects: ['projects'] as const,
  project: (id: string) => ['project', id] as const,
  approvals: ['approvals'] as const,
  providers: ['providers'] as const,
  agents: ['agents'] as const,
  me: ['me'] as const,
  engine: ['engine'] as const,
  routing: ['routing'] as const,
  usage: ['usage'] as const,
  job: (job_id: string) => ['job', job_id] as const,
  status: (job_id: string) => ['job', job_id, 'status'] as const,
  plan: (job_id: string, version: number | 'latest') => ['job', job_id, 'plan', version] as const,
  jobApprovals: (job_id: string) => ['job', job_id, 'approvals'] as const,
  artifacts: (job_id: string) => ['job', job_id, 'artifacts'] as const,
  ledger: (job_id: string) => ['job', job_id, 'ledger'] as const,
  webhooks: (job_id: string) => ['job', job_id, 'webhooks'] as const,
  messages: (job_id: string) => ['job', job_id, 'messages'] as const,
  task: (job_id: string, task_id: string, what: 'transcript' | 'logs' | 'context') =>
    ['job', job_id, 'task', task_id, what] as const,
};
