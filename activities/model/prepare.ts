import { ApplicationFailure } from '@temporalio/common';
import { routingInForce } from '../../config/routing.ts';
import type { AttemptRequest } from '../../contracts/attempt.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { CallSubject, PrepareResult } from '../../contracts/model-call.ts';
import type { AgentLimits, PreparedCall } from '../../contracts/prepared-call.ts';
import type { Routing } from '../../contracts/routing.ts';
import { maxTokensOf, worstCaseUsd } from '../../core/money/cost.ts';
import { priceOf } from '../../core/money/prices.ts';
import type { AgentToolPolicy } from '../tools/policy.ts';
import type { Activities } from '../types.ts';
import { buildPrompt, findAgent, type LlmAgent } from './build-prompt.ts';
import {
  chooseModel,
  defaultModel,
  type ModelPreference,
  modelOfConfig,
  notSetUp,
  routedPreference,
} from './choose-model.ts';
import type { ModelDeps } from './deps.ts';
import type { PromptText, StoredPrompt } from './prompts/prompt.ts';
import { shortened, withToolRemarks } from './prompts/tool-remarks.ts';

type PrepareInput = Parameters<Activities['prepareModelCall']>[0];

/**
 * Tokens that a provider adds of its own: roles and separators, and, for structured output, a prompt that
 * explains the schema, which it repeats there.
 */
const FRAME_TOKENS = 1000;
const SCHEMA_TOKENS = 2000;

/**
 * Builds and stores the prompt of a model call, chooses its model and bounds its cost. `blocked` where the
 * agent, the provider or, for a job with a budget, the price is missing. Safe to repeat.
 * @param signal ends the wait for servers of tools
 */
export async function prepareModelCall(
  deps: ModelDeps,
  input: PrepareInput,
  signal?: AbortSignal,
): Promise<PrepareResult> {
  const { config, providers } = deps;
  const { subject, job_id, call_id } = input;
  const found = findAgent(subject, deps.roster);
  if ('missing' in found) return blocked('no_agent', found.missing, found.name);
  const { agent } = found;

  const { routing } = await routingInForce(deps.store, config);
  const preferences = preferencesOf(subject, agent, input, routing);
  const ofConfig = modelOfConfig(config.models, subject.purpose);
  const chosen = await chooseModel(preferences, ofConfig, defaultModel(providers));
  const missing = notSetUp(chosen, providers);
  if (missing !== null) return blocked('no_provider', missing, agent.name);
  const provider = providers[chosen.provider];
  const model = chosen.model ?? provider.default_model;
  if (!model) {
    return blocked(
      'no_provider',
      `The provider \`${provider.name}\` has no default model. Name one.`,
      agent.name,
    );
  }

  const written = await buildPrompt(subject, agent, deps).catch((error: unknown) => {
    throw error instanceof ProblemError
      ? ApplicationFailure.nonRetryable(error.message, error.problem.code)
      : error;
  });
  const ofTask = subject.purpose === 'task' ? subject.request : null;
  const mayDelegate = (ofTask?.depth ?? 0) < config.limits.max_depth;
  const hasMates = ofTask?.team ?? false;
  const { safe, project_approval_expires_seconds, approval_expires_seconds } = config.tools;
  const leads = ofTask?.leads !== undefined;
  const inProject = isOfProject(ofTask);
  const policy = {
    ...toolPolicy(agent, mayDelegate, hasMates),
    leads,
    ...(inProject ? { safe } : {}),
    commands: !ofTask?.no_commands,
  };
  const { tools, remarks } = ofTask
    ? await deps.tools.offered(policy, input, signal)
    : { tools: [], remarks: [] };
  const prompt = withToolRemarks(written, remarks);
  const input_tokens = boundInputTokens(prompt) + maxTokensOf(JSON.stringify(tools));
  const price = priceOf({ provider: provider.name, model, input_tokens }, config.prices, deps.price_table);
  if (!price && input.capped) return blocked('no_provider', noPriceMessage(model), agent.name);

  const max_output_tokens = agent.llm.max_output_tokens ?? config.models.max_output_tokens;
  const stored: StoredPrompt = {
    purpose: subject.purpose,
    ...prompt,
    tools,
    ...(ofTask ? { request: ofTask } : {}),
  };
  const { sha256 } = await deps.store.putContent({ job_id, source: JSON.stringify(stored) });
  const call: PreparedCall = {
    call_id,
    job_id,
    task_id: ofTask?.task.task_id ?? null,
    attempt: ofTask?.attempt ?? null,
    purpose: subject.purpose,
    agent: agent.name,
    provider: provider.name,
    model,
    prompt_ref: sha256,
    max_output_tokens,
    worst_case_usd: price ? worstCaseUsd(input_tokens, max_output_tokens, price) : 0,
    price,
    thinking: ofTask
      ? {
          limits: limitsOf(agent, config.limits.max_tokens_per_agent),
          context_window: provider.context_window(model),
          approval_expires_seconds: inProject ? project_approval_expires_seconds : approval_expires_seconds,
        }
      : null,
    ...(remarks.length > 0 ? { tool_remarks: shortened(remarks) } : {}),
    ...(prompt.carry_trimmed ? { carry_trimmed: prompt.carry_trimmed } : {}),
    ...(input.place ? { place: input.place } : {}),
  };
  return { status: 'ready', call };
}

/** The places that may name a model, the most particular first; routing comes where task, agent and job name none. */
function preferencesOf(
  subject: CallSubject,
  agent: LlmAgent,
  input: PrepareInput,
  routing: Routing,
): ModelPreference[] {
  const { provider, model } = agent.llm;
  const job = { provider: input.provider, model: input.model };
  const request = subject.purpose === 'task' ? subject.request : null;
  const task = request?.task ?? null;
  const routed = routedPreference(routing, agent, task, request?.leads ? 'boss' : 'worker');
  return [{ model: task?.model ?? null }, { provider, model }, job, routed];
}

/** Whether it leads, or was delegated by an agent that does. */
const isOfProject = (request: AttemptRequest | null): boolean =>
  request !== null && (request.leads !== undefined || request.led_by !== undefined);

/** What an agent may do, as its file says. */
function toolPolicy({ llm }: LlmAgent, delegates: boolean, has_mates: boolean): AgentToolPolicy {
  const { risks, always, never } = llm.approval;
  const words = [...never.map((name) => [name, 'never']), ...always.map((name) => [name, 'always'])];
  return {
    allow: llm.tools,
    approval_risks: risks,
    approval: Object.fromEntries(words),
    delegates,
    has_mates,
  };
}

/** How long an agent may go on in one attempt, as its file says. */
function limitsOf({ llm }: LlmAgent, otherwise: number | undefined): AgentLimits {
  const { max_turns, max_tool_calls, max_tokens } = llm;
  return { max_turns, max_tool_calls, max_tokens: max_tokens ?? otherwise ?? null };
}

function boundInputTokens(prompt: PromptText): number {
  const texts = [prompt.system, ...prompt.messages.map((message) => message.content)];
  const tokens = texts.reduce((sum, text) => sum + maxTokensOf(text), FRAME_TOKENS);
  if (!prompt.output_schema) return tokens;
  return tokens + SCHEMA_TOKENS + 2 * maxTokensOf(JSON.stringify(prompt.output_schema));
}

function noPriceMessage(model: string): string {
  return `The price of the model \`${model}\` is not known, and a job with a budget can't use it. Give its price under \`prices:\` in orchestrator.yaml and restart the worker, or name another model; then retry.`;
}

const blocked = (
  reason: 'no_agent' | 'no_provider',
  message: string,
  agent: string | null,
): PrepareResult => ({ status: 'blocked', reason, message, agent });
