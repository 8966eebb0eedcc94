import { z } from 'zod';
import type { Config, RosterAgent } from '../../../contracts/config.ts';
import type { CallSubject } from '../../../contracts/model-call.ts';
import { mostTasks } from '../../../core/plan/most-tasks.ts';
import { describeRequest } from './brief.ts';
import { DATA_RULE, joined } from './data.ts';
import { type PromptText, toOutputSchema } from './prompt.ts';
import { repairText } from './repair.ts';
import { overviewSection, REPOSITORY_FILES, REPOSITORY_PLAN } from './repository.ts';
import { describeAgents, plannableAgents } from './roster.ts';

const PlannedStep = z.object({
  description: z.string().describe('what to do, complete for somebody who sees only the request and this'),
  agent: z.string().describe('an agent of the roster, by name'),
  dependencies: z
    .array(z.number())
    .describe('places in this list, from 0, of the subtasks whose results it needs'),
});

const FILES_FIELD = { files: z.array(z.string()).describe(REPOSITORY_FILES) };

const instructions = (maxTasks: number, agents: readonly RosterAgent[], inRepository: boolean) =>
  `Your task now: split the request into subtasks.
- At most ${maxTasks} subtasks; fewer are better. Subtasks that can be done in parallel do not depend on each other.
- A subtask names the earlier ones whose results it needs in \`dependencies\`. They must not form a circle.
- No two subtasks have the same scope. This runs unattended: no subtask may need a person.
- The results are put together after you; no subtask is needed for that.${inRepository ? REPOSITORY_PLAN : ''}

The roster:
${describeAgents(agents).join('\n')}`;

/** Asks for a list of steps in one go, or for a better answer than the last one. */
export async function stepsPrompt(
  subject: Extract<CallSubject, { purpose: 'tasks' }>,
  plannerPrompt: string,
  roster: readonly RosterAgent[],
  config: Pick<Config, 'commands' | 'planner_commands' | 'limits'>,
  readAnswer: (ref: string) => Promise<string>,
): Promise<PromptText> {
  const { spec, constraints, feedback, repair, overview_ref } = subject;
  const inRepository = overview_ref !== undefined;
  const Planned = inRepository ? PlannedStep.extend(FILES_FIELD) : PlannedStep;
  const agents = plannableAgents(roster, config, spec).filter(({ kind }) => kind !== 'command');
  const maxTasks = mostTasks(spec, config.limits);
  return {
    system: joined(plannerPrompt, DATA_RULE, instructions(maxTasks, agents, inRepository)),
    messages: [
      {
        role: 'user',
        content: joined(
          await overviewSection(overview_ref, readAnswer),
          describeRequest({ ...spec, constraints }, feedback),
          await repairText(repair, 'plan', readAnswer),
        ),
      },
    ],
    output_schema: toOutputSchema(z.object({ subtasks: z.array(Planned).min(1) })),
    plan_form: 'steps',
  };
}
