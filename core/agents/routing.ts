import type { Task } from '../../contracts/plan.ts';
import type { RoutedModel, Routing } from '../../contracts/routing.ts';

/** What routing looks at of a call. */
export interface RoutedCall {
  agent: string;
  specialty: string | null;
  /** null: a call of the job itself (planning, synthesis, verification) */
  role: 'boss' | 'worker' | null;
  /** what is to be done; null where it is no task of a plan */
  task: Pick<
    Task,
    'title' | 'description' | 'depends_on' | 'acceptance_criteria' | 'files' | 'risk' | 'approval'
  > | null;
}

/**
 * The model of a call for which task, agent file and job name none; null where routing says nothing either. In this
 * order: the agent's own, its specialty's, the cheap one for a simple task of a worker with `auto_tier`, that of its
 * role, the fallback. Calls of the job itself are routed by agent and specialty only.
 */
export function routeModel(
  routing: Routing,
  { agent, specialty, role, task }: RoutedCall,
): RoutedModel | null {
  const own = entry(routing.agent_models, agent) ?? entry(routing.specialty_models, specialty);
  if (own) return own;
  if (role === null) return null;
  const cheap = routing.auto_tier && role === 'worker' && task !== null && isSimpleTask(task);
  if (cheap && routing.cheap_model) return routing.cheap_model;
  return (role === 'boss' ? routing.boss_model : routing.worker_model) ?? routing.fallback ?? null;
}

/** The longest title and description of a simple task, in characters together. */
export const SIMPLE_TASK_CHARS = 500;

/**
 * Whether a task is simple: its title and description are at most {@link SIMPLE_TASK_CHARS} long together, it depends
 * on at most one task, covers at most one criterion, names at most one file, and is of low risk without a gate.
 */
export function isSimpleTask(task: NonNullable<RoutedCall['task']>): boolean {
  const { title, description, depends_on, acceptance_criteria, files, risk, approval } = task;
  return (
    title.length + description.length <= SIMPLE_TASK_CHARS &&
    depends_on.length <= 1 &&
    acceptance_criteria.length <= 1 &&
    files.length <= 1 &&
    risk === 'low' &&
    approval === 'none'
  );
}

/** Names come from outside, and may be those of something that every object has. */
const entry = (models: Record<string, RoutedModel>, name: string | null): RoutedModel | null =>
  name !== null && Object.hasOwn(models, name) ? models[name]! : null;
