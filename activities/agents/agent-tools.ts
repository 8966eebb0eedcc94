import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { ToolAnswer, ToolRequest } from '../../contracts/tool.ts';
import { readSegment } from '../../store/content/conversations.ts';
import { attemptFolders } from '../command/folders.ts';
import { holdRun } from '../command/held-runs.ts';
import type { ActivityDeps } from '../deps.ts';
import { readPrompt } from '../model/prompts/prompt.ts';
import { clonePath } from '../repository/clone/clone.ts';
import { taskGuard } from '../sandbox/task-guard.ts';
import type { ToolContext } from '../tools/tool.ts';
import type { Activities } from '../types.ts';

/** Results up to so many characters go to the workflow as they are. */
const INLINE_CHARS = 400;

const OK = { ok: true } as const;
const BADLY_EDITED =
  "A person approved this call with different arguments, but it can't be made with those. It was not made; you may make it again.";

/** Calls of tools that agents make. */
export function createToolActivities(deps: ActivityDeps): Pick<Activities, 'runTool'> {
  return {
    runTool: (input) =>
      holdRun(Context.current(), input.heartbeat_seconds, (signal) => runTool(deps, input, signal)),
  };
}

async function runTool(deps: ActivityDeps, input: ToolRequest, signal: AbortSignal): Promise<ToolAnswer> {
  const { store, tools } = deps;
  const { job_id, tool_use_id } = input;
  const prompt = await readPrompt(store, input.prompt_ref);
  const call = await findCall(deps, input);
  const place = prompt.tools.find(({ name }) => name === call.name)?.place;
  const about = await contextOf(deps, input, prompt.request!, place !== 'anywhere', signal);
  const wanted = { name: call.name, input: input.edited_arguments ?? call.input };
  const checked = input.edited_arguments ? await tools.check(wanted, prompt.tools) : OK;
  const answer = checked.ok
    ? await tools.run(wanted, about, prompt.tools)
    : { text: `${BADLY_EDITED}\n${checked.text}`, artifacts: [], is_error: true };
  const { text, artifacts, is_error } = answer;
  const base = { tool_use_id, bytes: Buffer.byteLength(text), is_error, artifacts };
  if (text.length <= INLINE_CHARS) return { ...base, text, content_ref: null };
  const { sha256 } = await store.putContent({ job_id, source: text });
  return { ...base, text: null, content_ref: sha256 };
}

/** The call as the model made it: it stands in the latest turn. */
async function findCall({ store }: ActivityDeps, { conversation, tool_use_id }: ToolRequest) {
  const { messages } = await readSegment(store, conversation);
  const used = messages
    .flatMap(({ content }) => content)
    .find((block) => block.type === 'tool_use' && block.id === tool_use_id);
  if (used?.type !== 'tool_use') throw new Error(`the conversation has no call ${tool_use_id}`);
  return used;
}

async function contextOf(
  deps: ActivityDeps,
  { job_id, tool_use_id, conversation, artifacts, dependencies = [] }: ToolRequest,
  request: AttemptRequest,
  onHost: boolean,
  signal: AbortSignal,
): Promise<ToolContext> {
  const { task_id } = request.task;
  const { attempt } = request;
  const folders = attemptFolders(deps.work_dir, job_id, task_id, attempt);
  const work = request.repository ? clonePath(deps.work_dir, { job_id, task_id }) : folders.job;
  const scratch = join(folders.artifacts, '..', 'tools', tool_use_id);
  const network = deps.roster.find(({ name }) => name === request.agent)?.llm?.network;
  if (onHost) await Promise.all([work, scratch].map((path) => mkdir(path, { recursive: true })));
  return {
    job_id,
    owner: request.owner,
    task_id,
    attempt,
    agent: request.agent ?? request.task.agent ?? '',
    // a provider may give an id twice, in other turns
    call_id: `${job_id}:${task_id}:${attempt}:${conversation.slice(0, 12)}:${tool_use_id}`,
    worker: deps.worker,
    folders: onHost ? { work, scratch, guard: taskGuard(deps, request, network) } : null,
    dependencies: [...request.dependencies, ...dependencies],
    artifacts,
    signal,
    // whoever holds the run does
    heartbeat: () => {},
  };
}
