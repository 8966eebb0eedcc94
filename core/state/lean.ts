import type { Artifact, DependencyResult, TaskOutput } from '../../contracts/artifact.ts';
import type {
  AttemptRequest,
  AttemptResult,
  TaskInput,
  TaskOutcome,
  TaskSettlement,
} from '../../contracts/attempt.ts';
import type { Task } from '../../contracts/plan.ts';

/*
 * What travels between a job and its tasks stands in their histories several times: it goes without what goes without
 * saying. Histories are read with the values below, so these never change, whatever the defaults of a plan become.
 */

/** The form of an input that goes without it; one of earlier versions is whole, and has none. */
const LEAN = 2;

type Completed<T> = Extract<T, { status: 'completed' }>;
type Others<T> = Exclude<T, { status: 'completed' }>;
type Lean<T, K extends keyof T> = Pick<T, K> & Partial<Omit<T, K>>;

/** An output without what its text says already. */
type LeanOutput = Omit<TaskOutput, 'preview'> & {
  /** so many characters of the text; left out: all of it */
  preview?: string | number;
};
type WithLeanOutput<T extends { artifacts: Artifact[] }> = Omit<T, 'output' | 'artifacts'> & {
  output: LeanOutput;
  artifacts?: Artifact[];
};

type LeanDependency = Omit<Lean<DependencyResult, 'task_id' | 'title'>, 'output'> & {
  output?: LeanOutput;
};

/** A {@link TaskInput} as histories hold it. */
export type LeanInput = Omit<Lean<TaskInput, 'job_id' | 'owner'>, 'task' | 'dependencies' | 'form'> & {
  form: typeof LEAN;
  task: Lean<Task, 'task_id' | 'title'>;
  dependencies?: LeanDependency[];
};

/** What an activity that runs a command is asked for. */
export type LeanRequest = Leaned<AttemptRequest>;

/** What is not of a {@link TaskInput} is as it is. */
type Leaned<I extends TaskInput> = LeanInput & Omit<I, keyof TaskInput>;

/** An {@link AttemptResult} as histories hold it. */
export type LeanResult = Others<AttemptResult> | WithLeanOutput<Completed<AttemptResult>>;

/** A {@link TaskSettlement} for a job that knows which task it is of. */
export type LeanSettlement = Omit<TaskSettlement, 'task_id' | 'generation' | 'outcome'> & {
  /** left out: the first start, where nobody knows better */
  generation?: number;
  outcome: Others<TaskOutcome> | WithLeanOutput<Completed<TaskOutcome>>;
};

const usualTask = (): Omit<Task, 'task_id' | 'title'> => ({
  description: '',
  agent: null,
  capabilities: [],
  depends_on: [],
  command: null,
  env: {},
  cwd: '.',
  estimated_seconds: 60,
  timeout_seconds: 600,
  max_attempts: 3,
  total_timeout_seconds: null,
  approval: 'none',
  approval_expires_seconds: null,
  risk: 'low',
  acceptance_criteria: [],
  files: [],
  budget_usd: null,
  model: null,
});

const usualInput = () => ({
  generation: 1,
  attempts_made: 0,
  previous_failure: null,
  dependencies: [] as DependencyResult[],
  criteria: [],
  brief_ref: '',
  host_id: null,
  host_wait_seconds: 300,
  provider: null,
  model: null,
  capped: true,
  heartbeat_seconds: 10,
  agent: null,
  agent_kind: null,
  thread: null,
  depth: 0,
  priority: 'medium' as const,
});

const usualDependency = () => ({ status: 'completed' as const, output: null, artifacts: [] });

/** What a task is started with, as its history holds it. */
export function leanInput(input: TaskInput): LeanInput {
  const { form: _, job_id, owner, task, dependencies, ...rest } = input;
  const { task_id, title, ...planned } = task;
  return {
    form: LEAN,
    job_id,
    owner,
    task: { task_id, title, ...without(planned, usualTask()) },
    ...(dependencies.length > 0 ? { dependencies: dependencies.map(leanDependency) } : {}),
    ...without(rest, usualInput()),
  };
}

/** The whole of it. */
export function fullInput<I extends TaskInput>(given: I | Leaned<I>): I {
  if (given.form !== LEAN) return given as I;
  const { task, dependencies = [], ...rest } = given as LeanInput;
  return {
    ...usualInput(),
    ...rest,
    task: { ...usualTask(), ...task },
    dependencies: dependencies.map((one) => ({
      ...usualDependency(),
      ...one,
      output: one.output ? fullOutput(one.output) : null,
    })),
  } as unknown as I;
}

/** Of an attempt, what running its command takes. */
export function leanRequest(request: AttemptRequest): LeanRequest {
  const { job_id, owner, task, dependencies, generation, previous_failure, heartbeat_seconds } = request;
  const { attempt, limit_ms, no_commands, planned, repository } = request;
  const asked = { ...usualInput(), generation, previous_failure, heartbeat_seconds };
  return {
    ...leanInput({ ...asked, job_id, owner, task, dependencies }),
    ...(no_commands ? { no_commands } : {}),
    ...(planned ? { planned } : {}),
    ...(repository ? { repository } : {}),
    attempt,
    ...(limit_ms === undefined ? {} : { limit_ms }),
  };
}

export const leanResult = (result: AttemptResult): LeanResult =>
  result.status === 'completed' ? leanCompleted(result) : result;

export const fullResult = (result: LeanResult): AttemptResult =>
  result.status === 'completed' ? fullCompleted(result) : result;

export function leanSettlement(settlement: TaskSettlement): LeanSettlement {
  const { task_id: _, generation, outcome, ...rest } = settlement;
  const start = generation === 1 ? {} : { generation };
  return { ...start, ...rest, outcome: outcome.status === 'completed' ? leanCompleted(outcome) : outcome };
}

/** @param of which start of which task it is of; a settlement of earlier versions says it itself */
export function fullSettlement(
  { outcome, ...rest }: LeanSettlement,
  of: Pick<TaskSettlement, 'task_id' | 'generation'>,
): TaskSettlement {
  return { ...of, ...rest, outcome: outcome.status === 'completed' ? fullCompleted(outcome) : outcome };
}

function leanDependency({ task_id, title, output, ...rest }: DependencyResult): LeanDependency {
  return {
    ...{ task_id, title, ...without(rest, usualDependency()) },
    ...(output ? { output: leanOutput(output) } : {}),
  };
}

function leanCompleted<T extends { output: TaskOutput; artifacts: Artifact[] }>({
  output,
  artifacts,
  ...rest
}: T) {
  return { ...rest, output: leanOutput(output), ...(artifacts.length > 0 ? { artifacts } : {}) };
}

function fullCompleted<T extends { output: LeanOutput; artifacts?: Artifact[] }>(lean: T) {
  return { ...lean, output: fullOutput(lean.output), artifacts: lean.artifacts ?? [] };
}

function leanOutput({ preview, ...rest }: TaskOutput): LeanOutput {
  const { text } = rest;
  if (preview === text) return rest;
  return { ...rest, preview: text?.startsWith(preview) ? preview.length : preview };
}

function fullOutput({ preview, ...rest }: LeanOutput): TaskOutput {
  return { ...rest, preview: typeof preview === 'string' ? preview : (rest.text ?? '').slice(0, preview) };
}

/** What is not as it usually is; fields are compared as JSON. */
function without<T extends object>(value: T, usual: Partial<T>): Partial<T> {
  const isUsual = ([key, item]: [string, unknown]) =>
    JSON.stringify(item) === JSON.stringify(usual[key as keyof T]);
  return Object.fromEntries(Object.entries(value).filter((entry) => !isUsual(entry))) as Partial<T>;
}
