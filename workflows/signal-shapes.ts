import { AGENT_APPEARED, REPORTED_EVENTS, TASK_REPORT } from '../contracts/names.ts';
import {
  amount,
  anything,
  atMost,
  fields,
  flag,
  id,
  listOf,
  oneOf,
  orNull,
  record,
  type Shape,
  text,
  time,
  whole,
} from '../core/text/shape.ts';

/** What a signal may bring that becomes an event, in characters of JSON: agents say less. */
const EVENT_CHARS = 100_000;

const output = fields(
  { preview: text, bytes: whole },
  { text, text_ref: text, data: record, data_ref: text },
);
const artifact = fields({
  ...{ artifact_id: text, name: text, media_type: text, size_bytes: whole, sha256: text },
  task_id: orNull(id),
});
const error = fields({ code: text, message: text, retryable: flag }, { tail: text, provider: text });
const delivery = fields({
  ...{ id, from_agent: text, from_task_id: orNull(text), content: text },
  content_ref: orNull(text),
});
const thread = fields(
  {
    call: fields({ call_id: text, prompt_ref: text, thinking: orNull(record) }),
    conversation: orNull(text),
    ...{ results: listOf(record), remarks: listOf(text), artifacts: listOf(artifact), said: text },
    ...{ known_tokens: whole, turns: whole, tool_calls: whole, over_allowance: whole, tokens: whole },
    ...{ handed_over: flag, repeats: record },
  },
  { asked: flag, capped: whole },
);

const outcomes: Record<string, Shape> = {
  completed: fields(
    { output, artifacts: listOf(artifact) },
    { left_out: listOf(fields({ name: text, reason: text })), thread },
  ),
  failed: fields({ error, artifacts: listOf(artifact) }),
  blocked: fields({ reason: text, message: text }, { thread }),
  cancelled: record,
};
const outcome: Shape = (value) => {
  const { status } = (record(value) ? value : {}) as { status?: unknown };
  return typeof status === 'string' && Object.hasOwn(outcomes, status) && outcomes[status]!(value);
};

const leadRequests: Record<string, Shape> = {
  delegate: fields({ agent_id: text, task_description: text }, { context: text }),
  status: fields({}, { agent_id: text }),
  create: fields(
    { name: text, role: text, specialty: text, system_prompt: text },
    { capabilities: listOf(text), model: text },
  ),
  say: fields({ to_agent: text, message: text }),
  result: fields({ task_id: text }),
  artifact: fields({ name: text }),
  rest: record,
};
const leadRequest: Shape = (value) => {
  const { wish: name } = (record(value) ? value : {}) as { wish?: unknown };
  return typeof name === 'string' && Object.hasOwn(leadRequests, name) && leadRequests[name]!(value);
};

const ask = fields(
  {
    ...{ approval_id: id, kind: oneOf('tool_call', 'question'), prompt: text, arguments: orNull(record) },
    ...{ requested_at: time, expires_at: orNull(time) },
  },
  { call: fields({ tool: text, prompt_ref: text }), warned: flag },
);

const ofTask = { task_id: id, generation: whole };

const committed = fields(
  {
    ...{ head_sha: text, commits: whole, files_changed: whole, insertions: whole, deletions: whole },
    ...{
      ignored_files: whole,
      files: orNull(listOf(text)),
      bundle_ref: orNull(text),
      warnings: listOf(text),
    },
  },
  { patch_ref: text, stat_ref: text },
);

/** The argument of every signal that workflows send each other, by its name; commands have schemas of their own. */
const SHAPES: Record<string, Shape> = {
  lease_request: fields(
    { task_id: id, lease_id: id, amount_usd: amount },
    { or_usd: listOf(amount), least_usd: amount, share: amount },
  ),
  lease_return: fields({ task_id: id, lease_id: id, spent_usd: amount }),
  slot_return: fields({ task_id: id, parked_until: orNull(time), why: atMost(EVENT_CHARS, text) }),
  slot_request: fields({ task_id: id }),
  [TASK_REPORT]: fields({
    ...ofTask,
    attempt: whole,
    type: oneOf(...REPORTED_EVENTS),
    data: atMost(EVENT_CHARS, record),
  }),
  ask: fields({ ...ofTask, ask: atMost(EVENT_CHARS, ask) }, { idle: flag }),
  post_message: fields({ ...ofTask, post_id: id, to: text, content: atMost(EVENT_CHARS, text) }),
  lead_request: fields({ ...ofTask, requests: listOf(fields({ request_id: id, wish: leadRequest })) }),
  work_done: fields({
    ...{ ...ofTask, attempt: whole },
    committed: atMost(EVENT_CHARS * 10, committed),
  }),
  task_adopted: fields(ofTask),
  task_settled: fields(
    { ...ofTask, attempt: whole, outcome, agent: orNull(text), worker: orNull(text) },
    { conversation: orNull(text), unread: listOf(delivery) },
  ),
  [AGENT_APPEARED]: fields({ task_ids: listOf(id) }),

  lease_grant: fields({ lease_id: id, granted: flag }, { amount_usd: amount, reason: text }),
  ask_answer: fields({
    ...{ approval_id: id, decision: oneOf('approve', 'deny', 'expired'), reason: orNull(text) },
    ...{ arguments: orNull(record), answer: orNull(text) },
  }),
  post_answer: fields({ post_id: id, refused: orNull(text) }),
  lead_answer: fields({
    answers: listOf(fields({ request_id: id, text, is_error: flag }, { cap: text, results: listOf(record) })),
  }),
  merge_answer: fields(
    { merge: oneOf('landed', 'again', 'pushed') },
    { merge_sha: orNull(text), error, at: record },
  ),
  deliver: fields({ messages: listOf(delivery) }),
  slot_grant: anything,
  report_by_signal: anything,
  hold: fields({ paused: flag }),
  callback: fields({ attempt: whole, output, artifacts: listOf(artifact), error: orNull(error) }),
};

/** Whether a signal's argument is what its sender would send. */
export const fits = (signal: string, argument: unknown): boolean => SHAPES[signal]!(argument);
