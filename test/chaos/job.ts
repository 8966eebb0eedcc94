import type { Random } from './random.ts';

/** Tasks of a job. */
export const TASKS = 20;
/** The one that waits for a person, so that the job is open until the last blow has fallen. */
export const GATED = `t${TASKS}`;
export const BUDGET_USD = 10;

/** Tasks that begin at once: the others come after one or two earlier ones. */
const FIRST = 3;

/** A job of commands that note their beginnings in the file `begun` and take up to 0.6 s. */
export function submission(random: Random): object {
  const tasks = Array.from({ length: TASKS }, (_, index) => ({
    task_id: `t${index + 1}`,
    title: `Task ${index + 1}`,
    agent: 'command',
    command: `echo "$ORCHESTRATOR_TASK_ID $ORCHESTRATOR_ATTEMPT" >> begun; sleep 0.${random.between(1, 6)}`,
    estimated_seconds: 1,
    depends_on: index < FIRST ? [] : someOf(index, random),
  }));
  const gated = { ...tasks.pop()!, approval: 'required', depends_on: [] };
  return {
    title: 'Chaos',
    description: 'Goes on whatever is killed',
    budget_usd: BUDGET_USD,
    max_workers: 4,
    plan: { tasks: [...tasks, gated] },
  };
}

function someOf(count: number, random: Random): string[] {
  const numbers = new Set([random.between(1, count), random.between(1, count)]);
  return [...numbers].map((number) => `t${number}`);
}
