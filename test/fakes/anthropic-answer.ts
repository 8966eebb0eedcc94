import type { ServerResponse } from 'node:http';
import { resetAfter, sendPieces, textWithin } from './answer-text.ts';
import type { FakeCall } from './anthropic-call.ts';
import type { ConversationCheck } from './anthropic-conversation.ts';
import {
  blockStop,
  closingEvents,
  errorBody,
  openingEvents,
  sse,
  textDelta,
  textStart,
  thinkingEvents,
  toolUseEvents,
} from './anthropic-events.ts';
import type { Reply, WireUsage } from './anthropic-script.ts';
import type { MessagesRequest } from './anthropic-wire.ts';
import { sendJson, sendRaw, setHeaders, setRetryHeaders } from './server.ts';
import { countTokens } from './tokens.ts';

/** What the fake keeps between requests. */
interface Memory {
  count(body: MessagesRequest): WireUsage;
  conversation: ConversationCheck;
}

type Message = Extract<Reply, { type: 'message' }>;

/** Sends what a step replies, as the API would. */
export async function answer(
  response: ServerResponse,
  reply: Reply,
  call: FakeCall,
  memory: Memory,
): Promise<void> {
  if (reply.type === 'rate_limited') {
    setRetryHeaders(response, reply);
    return sendJson(
      response,
      429,
      errorBody('rate_limit_error', 'This request would exceed your rate limit.'),
    );
  }
  if (reply.type === 'error')
    return sendJson(response, reply.status, errorBody(reply.error_type, reply.message));
  if (reply.type === 'overloaded' && reply.after_text === undefined) {
    setRetryHeaders(response, reply);
    return sendJson(response, 529, errorBody('overloaded_error', 'Overloaded'));
  }
  call.billed = { ...memory.count(call.body), ...(reply.type === 'message' ? reply.usage : {}) };
  if (reply.type === 'message') return sendMessage(response, reply, call, memory.conversation);
  if (reply.type === 'raw') return sendRaw(response, reply);
  if (reply.after_text !== undefined) {
    open(response, call);
    await sendText(response, call, reply.after_text, { index: 0, sent: '', pause_ms: 0 });
  }
  if (reply.type === 'overloaded') response.end(sse(errorBody('overloaded_error', 'Overloaded')));
  if (reply.type === 'reset') await resetAfter(response, reply.after_text);
}

async function sendMessage(
  response: ServerResponse,
  reply: Message,
  call: FakeCall,
  conversation: ConversationCheck,
): Promise<void> {
  const { max_tokens } = call.body;
  const { thinking, pause_ms, usage } = reply;
  const { text, cut: tooLong } = textWithin(reply, max_tokens);
  const cut = tooLong || (usage?.output_tokens ?? 0) > max_tokens;
  const tools = cut ? [] : reply.tool_use.map((use, at) => ({ ...use, id: use.id ?? nextId(call, at) }));
  setHeaders(response, reply.headers);
  open(response, call);
  const send = (events: object[]) => events.forEach((event) => void response.write(sse(event)));
  let index = 0;
  let sent = thinking ?? '';
  if (thinking !== undefined) {
    const signature = conversation.thought(
      thinking,
      tools.map((use) => use.id),
    );
    send(thinkingEvents(index++, thinking, signature));
  }
  if (text !== '' || tools.length === 0) {
    await sendText(response, call, text, { index, sent, pause_ms });
    if (response.destroyed) return;
    send([blockStop(index++)]);
    sent += text;
  }
  for (const { id, name, input } of tools) {
    const written = JSON.stringify(input);
    send(toolUseEvents(index++, id, name, written));
    sent += name + written;
  }
  call.billed.output_tokens = Math.min(usage?.output_tokens ?? countTokens(sent), max_tokens);
  const ended = reply.stop_reason ?? (tools.length > 0 ? 'tool_use' : 'end_turn');
  send(closingEvents(cut ? 'max_tokens' : ended, call.billed));
  response.end();
  call.complete = true;
}

/** Headers and opening events. */
function open(response: ServerResponse, call: FakeCall): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  for (const event of openingEvents({ id: 'msg_fake', model: call.body.model, usage: call.billed }))
    response.write(sse(event));
}

/** A text block, left open, in pieces while the client listens. */
async function sendText(
  response: ServerResponse,
  call: FakeCall,
  text: string,
  { index, sent, pause_ms }: { index: number; sent: string; pause_ms: number },
): Promise<void> {
  response.write(sse(textStart(index)));
  let all = sent;
  await sendPieces(response, text, pause_ms, (piece) => {
    response.write(sse(textDelta(index, piece)));
    all += piece;
    call.billed.output_tokens = countTokens(all);
  });
}

let ids = 0;
const nextId = (call: FakeCall, at: number): string => `toolu_${call.body.messages.length}_${at}_${++ids}`;
