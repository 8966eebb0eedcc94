import type { AttemptError } from '../../contracts/attempt.ts';
import type { ModelAnswer } from '../../contracts/model-call.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { ModelReply } from '../../providers/types.ts';
import { readObjectives } from './answers/objectives.ts';
import type { Read } from './answers/read.ts';
import { readSteps } from './answers/steps.ts';
import { readTasks } from './answers/tasks.ts';
import { readVerdicts } from './answers/verdicts.ts';
import type { ModelDeps } from './deps.ts';
import { answeredNothing, brokeOff, refused, stoppedEarly, truncated, truncatedMessage } from './failures.ts';
import type { StoredPrompt } from './prompts/prompt.ts';

/**
 * What a reply is worth: the answer, or why the attempt failed. Structured answers that can't be read, cut off
 * ones among them, come back as `invalid` with what to repair; free text that was cut off fails the attempt, and so does
 * any answer that was cut off because there was no money, or room, for all of it.
 */
export async function toAnswer(
  reply: ModelReply,
  prompt: StoredPrompt,
  call: PreparedCall,
  store: ModelDeps['store'],
): Promise<{ answer: ModelAnswer } | { error: AttemptError }> {
  if (reply.stop_reason === 'refusal') return { error: refused(call, reply) };
  if (reply.stop_reason === 'max_tokens' && call.shortened) return { error: brokeOff(call, reply) };
  if (call.purpose === 'synthesis') return freeText(reply, call, store);
  const storeText = async () => (await store.putContent({ job_id: call.job_id, source: reply.text })).sha256;
  if (reply.stop_reason !== 'end') {
    const problem =
      reply.stop_reason === 'max_tokens'
        ? truncatedMessage(call.max_output_tokens)
        : 'the answer stopped before its end';
    return { answer: { purpose: 'invalid', problems: [problem], answer_ref: await storeText() } };
  }
  const read = readStructured(reply.text, prompt);
  if ('problems' in read) {
    return { answer: { purpose: 'invalid', problems: read.problems, answer_ref: await storeText() } };
  }
  if (read.value.purpose !== 'tasks') return { answer: read.value };
  return { answer: { ...read.value, answer_ref: await storeText() } };
}

type Structured =
  | Extract<ModelAnswer, { purpose: 'objectives' | 'verification' }>
  | Omit<Extract<ModelAnswer, { purpose: 'tasks' }>, 'answer_ref'>;

function readStructured(text: string, prompt: StoredPrompt): Read<Structured> {
  if (prompt.purpose === 'objectives') return readObjectives(text, prompt);
  if (prompt.purpose === 'verification') return readVerdicts(text, prompt);
  return prompt.plan_form === 'steps' ? readSteps(text) : readTasks(text);
}

async function freeText(
  reply: ModelReply,
  call: PreparedCall,
  store: ModelDeps['store'],
): Promise<{ answer: ModelAnswer } | { error: AttemptError }> {
  if (reply.stop_reason === 'max_tokens') return { error: truncated(call.max_output_tokens, reply) };
  if (reply.stop_reason !== 'end') return { error: stoppedEarly(reply) };
  if (reply.text.trim() === '') return { error: answeredNothing(reply) };
  const { job_id, task_id } = call;
  const output = await store.toOutput({ job_id, text: reply.text });
  // The report is what people come for: it is there to download, however short.
  const report = { name: 'report.md', media_type: 'text/markdown', source: reply.text };
  const artifacts = [await store.artifactOf({ job_id, task_id, ...report })];
  return { answer: { purpose: 'synthesis', output, artifacts } };
}
