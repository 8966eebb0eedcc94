import { AlertKind, type JobEvent } from '../../contracts/event.ts';
import type { Price, Usage } from '../../contracts/money.ts';
import type { EndedPhase } from '../../contracts/phase.ts';
import type { Count } from '../../contracts/telemetry.ts';

/** Upper bounds of the buckets of `orchestrator_latency_seconds`: from a quick command to a wait of days. */
export const LATENCY_BUCKETS = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400, 604_800,
] as const;

/** Names of what is counted, without `orchestrator_`, each with what it tells; the labels stand beside. */
export const COUNTERS = {
  jobs_submitted_total: { help: 'Jobs that were submitted', labels: [] },
  jobs_finished_total: { help: 'Jobs that have ended, by status', labels: ['status'] },
  subtasks_started_total: { help: 'Starts of tasks, those after a retry by a person included', labels: [] },
  subtasks_completed_total: { help: 'Tasks that were completed', labels: [] },
  subtask_failures_total: { help: 'Tasks that failed with no attempt left, by reason', labels: ['reason'] },
  subtask_retries_total: {
    help: 'Retries of tasks, by cause: back-off, operator or agent',
    labels: ['by'],
  },
  subtasks_blocked_total: { help: 'Times that tasks were blocked, by reason', labels: ['reason'] },
  approvals_requested_total: { help: 'What was put before a person, by kind', labels: ['kind'] },
  approvals_decided_total: {
    help: 'Decisions on what was put before a person, by outcome',
    labels: ['decision'],
  },
  criteria_judged_total: { help: 'Acceptance criteria that were judged', labels: ['verdict'] },
  merges_total: {
    help: 'Work of tasks in repositories, by what became of it: landed, taken_back, conflict',
    labels: ['outcome'],
  },
  check_seconds_total: { help: 'Time that checks of merges took, in seconds', labels: [] },
  checks_total: {
    help: 'Checks of merges and of bases, by outcome: passed, failed, flaky',
    labels: ['outcome'],
  },
  alerts_total: { help: 'Alerts, by kind', labels: ['kind'] },
  model_calls_total: {
    help: 'Calls of models: settled (answered and billed), estimated (answer or usage not known), released (not done)',
    labels: ['provider', 'model', 'outcome'],
  },
  tokens_total: {
    help: 'Tokens as billed by the providers, or as estimated',
    labels: ['provider', 'model', 'direction'],
  },
  cost_usd_total: {
    help: 'Cost of model calls in USD; if it is not known, the most they can have cost',
    labels: ['provider', 'model'],
  },
  provider_parked_total: { help: 'Calls that a rate limit parked', labels: ['provider'] },
  provider_parked_seconds_total: {
    help: 'How long they were parked for, in seconds',
    labels: ['provider'],
  },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;
export type CounterName = keyof typeof COUNTERS;

/** What journal events count for. */
export function countEvents(events: readonly JobEvent[]): Count[] {
  return events.flatMap((event) => {
    const { type, data } = event;
    switch (type) {
      case 'job.submitted':
        return one('jobs_submitted_total');
      case 'job.completed':
      case 'job.failed':
      case 'job.rejected':
      case 'job.cancelled':
        return one('jobs_finished_total', { status: type.slice('job.'.length) });
      case 'job.approved':
        return one('approvals_decided_total', { decision: 'granted' });
      case 'task.started':
        return one('subtasks_started_total');
      case 'task.completed':
        return one('subtasks_completed_total');
      case 'task.failed':
        return one('subtask_failures_total', { reason: failureReason(data.code) });
      case 'task.retrying':
        return one('subtask_retries_total', { by: oneOf(RETRIED_BY, data.by, 'operator') });
      case 'task.blocked':
        return one('subtasks_blocked_total', { reason: word(data.reason) });
      case 'approval.requested':
        return one('approvals_requested_total', { kind: word(data.kind) });
      case 'approval.granted':
      case 'approval.denied':
      case 'approval.expired':
        return one('approvals_decided_total', { decision: type.slice('approval.'.length) });
      case 'criterion.judged':
        return one('criteria_judged_total', { verdict: word(data.verdict) });
      case 'merge.landed':
      case 'merge.taken_back':
      case 'merge.conflict':
        return one('merges_total', { outcome: type.slice('merge.'.length) });
      case 'merge.checked':
      case 'repository.base_checked':
        return countCheck(data);
      case 'alert':
        return one('alerts_total', { kind: oneOf(AlertKind.options, data.kind, 'other') });
      default:
        return [];
    }
  });
}

function countCheck({ passed, flaky, seconds }: JobEvent['data']): Count[] {
  const outcome = passed !== true ? 'failed' : flaky === true ? 'flaky' : 'passed';
  const took = typeof seconds === 'number' && seconds > 0 ? one('check_seconds_total', {}, seconds) : [];
  return [...one('checks_total', { outcome }), ...took];
}

/** What ended phases add to `orchestrator_latency_seconds`: a bucket that is not cumulative, and the sum. */
export function countPhases(phases: readonly EndedPhase[]): Count[] {
  return phases
    .filter(({ outcome }) => MEASURED.has(outcome))
    .flatMap(({ phase, began_at, ended_at }) => {
      const seconds = Math.max(0, (Date.parse(ended_at) - Date.parse(began_at)) / 1000);
      return latency(phase, seconds);
    });
}

/** The same for something that took so many seconds. */
export function latency(phase: string, seconds: number): Count[] {
  const le = LATENCY_BUCKETS.find((bound) => seconds <= bound);
  return [
    { name: LATENCY_BUCKET, labels: { phase, le: le === undefined ? '+Inf' : String(le) }, value: 1 },
    { name: LATENCY_SUM, labels: { phase }, value: seconds },
  ];
}

export const LATENCY = 'orchestrator_latency_seconds';
export const LATENCY_BUCKET = `${LATENCY}_bucket`;
export const LATENCY_SUM = `${LATENCY}_sum`;

/** What a call of a model counts for when its row of the ledger ends. */
export function countCall(row: {
  provider: string;
  model: string;
  status: string;
  cost_usd: number;
  usage: Usage | null;
  price: Price | null;
}): Count[] {
  const { provider, status, usage, cost_usd } = row;
  // a model that nobody has could be called anything
  const model = status === 'released' ? '' : row.model;
  const directions = usage
    ? ([
        ['input', usage.input_tokens],
        ['output', usage.output_tokens],
        ['cache_read', usage.cache_read_tokens],
        ['cache_write', usage.cache_write_tokens],
      ] as const)
    : [];
  return [
    ...one('model_calls_total', { provider, model, outcome: status }),
    ...directions.flatMap(([direction, tokens]) =>
      tokens > 0 ? one('tokens_total', { provider, model, direction }, tokens) : [],
    ),
    ...(cost_usd > 0 ? one('cost_usd_total', { provider, model }, cost_usd) : []),
  ];
}

/** What a rate limit counts for that parks a call of a provider. */
export const countParking = (provider: string, seconds: number): Count[] => [
  ...one('provider_parked_total', { provider }),
  ...one('provider_parked_seconds_total', { provider }, seconds),
];

/** What belongs together as one row each, in a fixed order, so that writers do not wait for each other in a circle. */
export function sumCounts(counts: readonly Count[]): { name: string; labels: string; value: number }[] {
  const sums = new Map<string, { name: string; labels: string; value: number }>();
  for (const { name, labels, value } of counts) {
    const text = JSON.stringify(
      Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))),
    );
    const key = `${name} ${text}`;
    const sum = sums.get(key);
    if (sum) sum.value += value;
    else sums.set(key, { name, labels: text, value });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** Waits that a person, a provider or the job's end cut short say nothing of how long things take. */
const MEASURED = new Set<string>(['done', 'completed', 'failed', 'rejected']);

const RETRIED_BY = ['back-off', 'operator', 'agent'] as const;

/** Codes of failures; anything else, which an agent may have made up, is `other`. */
export const FAILURE_REASONS = [
  'agent_answer_invalid',
  'agent_answer_too_large',
  'agent_address_refused',
  'agent_connection_lost',
  'agent_timeout',
  'answer_lost',
  'arguments_too_long',
  'budget_exhausted',
  'bundle_refused',
  'cancelled',
  'check_failed',
  'clone_missing',
  'command_empty',
  'command_failed',
  'command_not_executable',
  'command_not_found',
  'command_refused',
  'command_start_failed',
  'commit_refused',
  'cwd_missing',
  'empty_answer',
  'host_lost',
  'internal',
  'invalid_request',
  'merge_conflict',
  'no_agent',
  'no_provider',
  'overloaded',
  'provider_auth',
  'provider_timeout',
  'provider_unavailable',
  'rate_limited',
  'refusal',
  'secret_missing',
  'setup_failed',
  'sla_exceeded',
  'stuck',
  'timeout',
  'token_limit',
  'tool_call_limit',
  'total_timeout',
  'truncated',
  'turn_limit',
  'unexpected_stop',
  'worker_lost',
  'other',
] as const;

const failureReason = (code: unknown): string => oneOf(FAILURE_REASONS, code, 'other');

const oneOf = (values: readonly string[], value: unknown, otherwise: string): string =>
  typeof value === 'string' && values.includes(value) ? value : otherwise;

/** A word of our own vocabulary. */
const word = (value: unknown): string =>
  typeof value === 'string' && /^[a-z][a-z0-9_]{0,39}$/.test(value) ? value : 'other';

const one = (name: CounterName, labels: Record<string, string> = {}, value = 1): Count[] => [
  { name: `orchestrator_${name}`, labels, value },
];
