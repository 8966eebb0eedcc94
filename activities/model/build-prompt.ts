import { ApplicationFailure } from '@temporalio/common';
import { missingAssistant } from '../../config/assistants.ts';
import type { JobBrief } from '../../contracts/attempt.ts';
import type { RosterAgent } from '../../contracts/config.ts';
import type { CallSubject } from '../../contracts/model-call.ts';
import { VERIFIER_AGENT } from '../../contracts/names.ts';
import { inPlace, jobRoster } from '../../core/agents/job-agents.ts';
import type { ModelDeps } from './deps.ts';
import type { ReadArtifact } from './prompts/artifacts.ts';
import { objectivesPrompt } from './prompts/objectives.ts';
import type { PromptText } from './prompts/prompt.ts';
import type { ReadOutput } from './prompts/results.ts';
import { PLANNER_AGENT } from './prompts/roster.ts';
import { stepsPrompt } from './prompts/steps.ts';
import { synthesisPrompt } from './prompts/synthesis.ts';
import { taskPrompt } from './prompts/task.ts';
import { tasksPrompt } from './prompts/tasks.ts';
import { verificationPrompt } from './prompts/verification.ts';

/** An agent that thinks with a model. */
export type LlmAgent = RosterAgent & Required<Pick<RosterAgent, 'llm'>>;

/** The agent whose call it is, or why there is none. Who takes a task is settled before. An own agent's long prompt stays where it is stored. */
export function findAgent(
  subject: CallSubject,
  roster: readonly RosterAgent[],
): { agent: LlmAgent } | { missing: string; name: string | null } {
  const name = nameOf(subject);
  const own = subject.purpose === 'task' ? subject.request.job_agent : undefined;
  const agent = jobRoster(roster, own ? [own] : []).find((candidate) => candidate.name === name);
  return agent && isLlm(agent) ? { agent } : { name, missing: missingMessage(name, agent) };
}

/** The prompt of a call. Throws a non-retryable failure when something it refers to is gone from the store. */
export async function buildPrompt(
  subject: CallSubject,
  agent: LlmAgent,
  deps: Pick<ModelDeps, 'store' | 'config' | 'roster' | 'environment'>,
): Promise<PromptText> {
  const { store, config, environment } = deps;
  // nobody plans with what is not installed
  const roster = deps.roster.filter(
    ({ coding }) => !coding || missingAssistant(coding, environment) === null,
  );
  const readText = async (ref: string) => (await store.getContent(ref)).toString('utf8');
  const readBrief = async (ref: string): Promise<JobBrief> => JSON.parse(await readText(ref));
  const read: ReadOutput = (output) => store.readOutput(output);
  const readArtifact: ReadArtifact = ({ sha256 }) => store.getContent(sha256);
  const own = subject.purpose === 'task' ? subject.request.job_agent : undefined;
  const ref = own?.agent_id === agent.name ? own.system_prompt_ref : null;
  const system_prompt = ref ? await readText(ref) : agent.llm.system_prompt;
  switch (subject.purpose) {
    case 'objectives':
      return objectivesPrompt(subject, system_prompt, readText);
    case 'tasks':
      return (subject.spec.plan_form === 'steps' ? stepsPrompt : tasksPrompt)(
        subject,
        system_prompt,
        inPlace<RosterAgent>(roster, subject.registered ?? []),
        config,
        readText,
      );
    case 'task':
      return taskPrompt(
        subject.request,
        await readBrief(subject.request.brief_ref),
        system_prompt,
        read,
        readText,
      );
    case 'synthesis':
      return synthesisPrompt(subject, await readBrief(subject.brief_ref), system_prompt, read);
    case 'verification':
      return verificationPrompt(subject, system_prompt, { read, readText, readArtifact });
    default:
      throw ApplicationFailure.nonRetryable(`No prompt for ${JSON.stringify(subject satisfies never)}.`);
  }
}

/** Who verifies has made nothing of what is judged. */
function nameOf(subject: CallSubject): string | null {
  if (subject.purpose === 'task') return subject.request.agent ?? subject.request.task.agent;
  return subject.purpose === 'verification' ? VERIFIER_AGENT : PLANNER_AGENT;
}

const isLlm = (agent: RosterAgent): agent is LlmAgent => agent.llm !== undefined;

function missingMessage(name: string | null, found: RosterAgent | undefined): string {
  if (!name) return 'No agent was chosen for the task. Retry it with an agent by name.';
  if (found) return `The agent \`${name}\` is of the kind ${found.kind} and makes no model calls.`;
  return `No agent is called \`${name}\`. Add agents/${name}.md, or retry the task with another agent.`;
}
