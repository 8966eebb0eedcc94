import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { resetAfter, sendPieces } from './answer-text.ts';
import { PlainReply, type SeenRequest, stepOf } from './script.ts';
import { type FakeCall as Call, type Fake, sendJson, sendRaw, setRetryHeaders, startFake } from './server.ts';
import { countTokens } from './tokens.ts';

/** Tokens as the Responses API reports them; `input_tokens` holds the cached ones too. */
interface WireUsage {
  input_tokens: number;
  output_tokens: number;
}

const Step = stepOf(PlainReply);

const Item = z.looseObject({ type: z.string().optional(), role: z.string().optional() });

/** Body of `POST /v1/responses`, as far as an assistant has to keep to it. */
const ResponsesRequest = z.looseObject({
  model: z.string().min(1),
  instructions: z.string().optional(),
  input: z.array(Item).min(1),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).default([]),
  stream: z.literal(true),
});
type ResponsesRequest = z.infer<typeof ResponsesRequest>;

export type FakeResponses = Fake<
  z.output<typeof Step>,
  z.input<typeof Step>,
  Call<ResponsesRequest, WireUsage>
>;

/**
 * A strict fake of OpenAI's Responses API on a local port: it answers the requests of its script and no others; every call of a tool has
 * to come back with its output.
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
export const startFakeResponses = (api_key = 'sk-fake-0123456789'): Promise<FakeResponses> =>
  startFake<ResponsesRequest, WireUsage, PlainReply>(
    {
      name: 'OpenAI Responses',
      step: Step,
      path: '/v1/responses',
      nothing: { input_tokens: 0, output_tokens: 0 },
      gate: (request, path) => gate(request, path, api_key),
      parse(json) {
        const body = ResponsesRequest.parse(json);
        checkCalls(body);
        return body;
      },
      seen: toSeen,
      refusal: (_, message) => errorBody('invalid_request_error', message),
      output: ({ output_tokens }) => output_tokens,
      limitHeaders: () => ({}),
      answer,
    },
    { api_key },
  );

function gate(request: IncomingMessage, path: string, api_key: string) {
  if (request.headers.authorization !== `Bearer ${api_key}`)
    return { status: 401, body: errorBody('invalid_request_error', 'Incorrect API key provided.') };
  // it asks which models there are, and lives with no answer
  return path === '/v1/models' ? { status: 404, body: errorBody('not_found', 'no list') } : null;
}

const OUTPUTS: Record<string, string> = {
  function_call: 'function_call_output',
  custom_tool_call: 'custom_tool_call_output',
};

function checkCalls({ input }: ResponsesRequest): void {
  for (const [call, output] of Object.entries(OUTPUTS)) {
    const made = input.filter(({ type }) => type === call).map(({ call_id }) => call_id);
    const answered = input.filter(({ type }) => type === output).map(({ call_id }) => call_id);
    const open = made.filter((id) => !answered.includes(id));
    if (open.length > 0) throw new Error(`No tool output found for ${call} ${open}`);
    const strange = answered.filter((id) => !made.includes(id));
    if (strange.length > 0) throw new Error(`No tool call found for ${output} ${strange}`);
  }
}

function toSeen({ model, instructions = '', input, tools }: ResponsesRequest): SeenRequest {
  const isOwn = ({ role }: z.infer<typeof Item>) => role === 'developer' || role === 'system';
  // what it says and calls in one answer are items next to each other
  const ofModel = input.map(
    ({ type, role }) => role === 'assistant' || (type !== undefined && type in OUTPUTS),
  );
  return {
    model,
    system: [instructions, ...input.filter(isOwn).map((item) => JSON.stringify(item))].join('\n'),
    prompt: input
      .filter((item) => !isOwn(item))
      .map((item) => textOf(item))
      .join('\n'),
    structured: false,
    turn: ofModel.filter((mine, index) => mine && !ofModel[index - 1]).length,
    tools: tools.map(({ name, type }) => name ?? type),
  };
}

function textOf(item: z.infer<typeof Item>): string {
  if (!Array.isArray(item.content)) return JSON.stringify(item);
  return item.content.map((part: { text?: unknown }) => String(part.text ?? '')).join('\n');
}

const errorBody = (type: string, message: string): object => ({
  error: { message, type, param: null, code: null },
});

async function answer(
  response: ServerResponse,
  reply: PlainReply,
  call: Call<ResponsesRequest, WireUsage>,
): Promise<void> {
  if (reply.type === 'rate_limited') {
    setRetryHeaders(response, reply);
    return sendJson(response, 429, errorBody('rate_limit_exceeded', 'Rate limit reached.'));
  }
  if (reply.type === 'error')
    return sendJson(response, reply.status, errorBody(reply.error_type, reply.message));
  if (reply.type === 'overloaded') return sendJson(response, 503, errorBody('server_error', 'Overloaded'));
  if (reply.type === 'raw') return sendRaw(response, reply);
  call.billed = { input_tokens: countTokens(JSON.stringify(call.body)), output_tokens: 0 };
  const send = (data: { type: string }) =>
    void response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  const id = `resp_${++ids}`;
  const says = reply.type === 'message' ? reply.text : reply.after_text;
  if (says === undefined && reply.type === 'hang') return;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  send({ type: 'response.created', ...{ response: { id } } });
  const output: object[] = [];
  const done = (item: object, output_index: number) => {
    output.push(item);
    send({ type: 'response.output_item.done', ...{ output_index, item } });
  };
  if (says) {
    const message = { type: 'message', id: `msg_${id}`, role: 'assistant', status: 'completed' };
    send({ type: 'response.output_item.added', ...{ output_index: 0, item: { ...message, content: [] } } });
    await sendPieces(response, says, reply.type === 'message' ? reply.pause_ms : 0, (delta) => {
      send({ type: 'response.output_text.delta', ...{ output_index: 0, item_id: message.id, delta } });
      call.billed.output_tokens += countTokens(delta);
    });
    if (reply.type === 'reset') return resetAfter(response, says);
    if (response.destroyed || reply.type === 'hang') return;
    done({ ...message, content: [{ type: 'output_text', text: says, annotations: [] }] }, 0);
  }
  if (reply.type !== 'message') return void response.destroy();
  reply.tool_use.forEach(({ id: call_id = `call_${++ids}`, name, input }, index) => {
    const written = JSON.stringify(input);
    call.billed.output_tokens += countTokens(name + written);
    const item = {
      type: 'function_call',
      id: `fc_${call_id}`,
      call_id,
      name,
      arguments: written,
      status: 'completed',
    };
    send({ type: 'response.output_item.added', ...{ output_index: index + 1, item } });
    done(item, index + 1);
  });
  const { input_tokens, output_tokens } = call.billed;
  const usage = {
    ...{ input_tokens, output_tokens, total_tokens: input_tokens + output_tokens },
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  };
  send({ type: 'response.completed', ...{ response: { id, status: 'completed', output, usage } } });
  response.end();
  call.complete = true;
}

let ids = 0;
