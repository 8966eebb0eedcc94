import type { ServerResponse } from 'node:http';
import { resetAfter, sendPieces, textWithin } from './answer-text.ts';
import type { FakeCall } from './openai-call.ts';
import type { ConversationCheck } from './openai-conversation.ts';
import type { Reply, WireUsage } from './openai-script.ts';
import {
  type ChatRequest,
  chunk,
  errorBody,
  maxTokensOf,
  type OpenAiFlavour,
  sse,
  usageChunk,
} from './openai-wire.ts';
import { sendJson, sendRaw, setHeaders, setRetryHeaders } from './server.ts';
import { countTokens } from './tokens.ts';

/** What the fake keeps between requests. */
interface Memory {
  flavour: OpenAiFlavour;
  count(body: ChatRequest): WireUsage;
  conversation: ConversationCheck;
}

type Message = Extract<Reply, { type: 'message' }>;

/** Sends what a step replies, as the service would. */
export async function answer(
  response: ServerResponse,
  reply: Reply,
  call: FakeCall,
  memory: Memory,
): Promise<void> {
  const error = (status: number, type: string, message: string) =>
    sendJson(response, status, errorBody(memory.flavour, status, type, message));
  if (reply.type === 'rate_limited') {
    setRetryHeaders(response, reply);
    return error(429, 'rate_limit_exceeded', 'Rate limit reached.');
  }
  if (reply.type === 'raw_error') return sendJson(response, reply.status, Object(reply.body));
  if (reply.type === 'error') return error(reply.status, reply.error_type, reply.message);
  if (reply.type === 'overloaded' && reply.after_text === undefined) {
    setRetryHeaders(response, reply);
    return error(503, 'server_error', 'The engine is currently overloaded, please try again later');
  }
  call.billed = memory.count(call.body);
  if (reply.type === 'message') return sendMessage(response, reply, call, memory);
  if (reply.type === 'raw') return sendRaw(response, reply);
  if (reply.after_text !== undefined) {
    open(response, call);
    await sendText(response, call, reply.after_text, 0);
  }
  if (reply.type === 'overloaded') {
    response.end(sse({ error: { message: 'Overloaded', type: 'server_error', param: null, code: null } }));
  }
  if (reply.type === 'reset') await resetAfter(response, reply.after_text);
}

async function sendMessage(
  response: ServerResponse,
  reply: Message,
  call: FakeCall,
  { flavour, conversation }: Memory,
): Promise<void> {
  const { model } = call.body;
  const { text, cut } = textWithin(reply, maxTokensOf(call.body));
  setHeaders(response, reply.headers);
  open(response, call);
  const send = (data: object) => void response.write(sse(data));
  await sendText(response, call, text, reply.pause_ms);
  if (response.destroyed) return;
  if (reply.refusal) send(chunk(model, { refusal: reply.refusal }));
  const calls = cut ? [] : reply.tool_use;
  calls.forEach(({ id = nextId(), name, input }, index) => {
    const written = (index === 0 ? reply.raw_arguments : undefined) ?? JSON.stringify(input);
    for (const delta of callDeltas(flavour, { id, name, index, written }, conversation)) {
      send(chunk(model, { tool_calls: [delta] }));
    }
    addOutput(call, name + written);
  });
  Object.assign(call.billed, reply.usage);
  const finished = reply.finish_reason ?? (cut ? 'length' : finishOf(flavour, calls.length > 0));
  if (reply.leave_out !== 'finish_reason') send(chunk(model, {}, finished));
  if (reply.leave_out !== 'usage') send(usageChunk(model, call.billed));
  if (reply.leave_out !== 'finish_reason') response.write(sse('[DONE]'));
  response.end();
  call.complete = true;
}

/** Gemini ends turns with calls by `stop`. */
const finishOf = (flavour: OpenAiFlavour, calls: boolean): string =>
  calls && flavour !== 'gemini' ? 'tool_calls' : 'stop';

/**
 * OpenAI sends the arguments in pieces; Gemini and Ollama send a call at once, Gemini without an index and with its
 * signature on the first call only.
 */
function callDeltas(
  flavour: OpenAiFlavour,
  { id, name, index, written }: { id: string; name: string; index: number; written: string },
  conversation: ConversationCheck,
): object[] {
  const whole = { id, type: 'function', function: { name, arguments: written } };
  if (flavour === 'ollama') return [{ index, ...whole }];
  if (flavour === 'gemini') {
    const google = index === 0 ? { thought_signature: conversation.sign(id) } : undefined;
    return [{ ...whole, ...(google ? { extra_content: { google } } : {}) }];
  }
  const pieces = written.match(/.{1,15}/gsu) ?? [];
  return [
    { index, id, type: 'function', function: { name, arguments: '' } },
    ...pieces.map((piece) => ({ index, function: { arguments: piece } })),
  ];
}

function open(response: ServerResponse, call: FakeCall): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(sse(chunk(call.body.model, { role: 'assistant', content: '', refusal: null })));
}

/** The text in pieces, while the client listens. */
async function sendText(
  response: ServerResponse,
  call: FakeCall,
  text: string,
  pause_ms: number,
): Promise<void> {
  await sendPieces(response, text, pause_ms, (piece) => {
    response.write(sse(chunk(call.body.model, { content: piece })));
    addOutput(call, piece);
  });
}

function addOutput(call: FakeCall, text: string): void {
  const tokens = countTokens(text);
  call.billed.completion_tokens += tokens;
  call.billed.total_tokens += tokens;
}

let ids = 0;
const nextId = (): string => `call_${++ids}`;
