import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply, WireUsage } from './anthropic-script.ts';
import { countTokens, firstTokens } from './anthropic-tokens.ts';
import {
  blockStop,
  closingEvents,
  errorBody,
  type MessagesRequest,
  openingEvents,
  sse,
  textDelta,
  textStart,
  thinkingEvents,
} from './anthropic-wire.ts';

/** A request that was answered by the script. */
export interface FakeCall {
  body: MessagesRequest;
  /** what a bill would list; output up to the point where the answer broke off */
  billed: WireUsage;
  /** whether the whole answer was sent; false while it is under way */
  complete: boolean;
  /** whether the connection was closed before that */
  aborted: boolean;
}

/** Sends what a step replies, as the API would. */
export async function answer(
  response: ServerResponse,
  reply: Reply,
  call: FakeCall,
  count: (body: MessagesRequest) => WireUsage,
): Promise<void> {
  if (reply.type === 'rate_limited') {
    setHeaders(response, { 'retry-after': reply.retry_after, 'retry-after-ms': reply.retry_after_ms });
    return sendJson(
      response,
      429,
      errorBody('rate_limit_error', 'This request would exceed your rate limit.'),
    );
  }
  if (reply.type === 'error')
    return sendJson(response, reply.status, errorBody(reply.error_type, reply.message));
  if (reply.type === 'overloaded' && reply.after_text === undefined) {
    setHeaders(response, { 'retry-after': reply.retry_after });
    return sendJson(response, 529, errorBody('overloaded_error', 'Overloaded'));
  }
  call.billed = { ...count(call.body), ...(reply.type === 'message' ? reply.usage : {}) };
  if (reply.type === 'message') return sendMessage(response, reply, call);
  const { after_text } = reply;
  if (after_text !== undefined) await sendText(response, call, after_text);
  if (reply.type === 'overloaded') response.end(sse(errorBody('overloaded_error', 'Overloaded')));
  if (reply.type === 'reset') response.destroy();
}

async function sendMessage(
  response: ServerResponse,
  reply: Extract<Reply, { type: 'message' }>,
  call: FakeCall,
): Promise<void> {
  const { max_tokens } = call.body;
  const whole = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
  const cut = countTokens(whole) > max_tokens;
  const text = cut ? firstTokens(whole, max_tokens) : whole;
  const index = await sendText(response, call, text, reply);
  if (response.destroyed) return;
  call.billed.output_tokens = reply.usage?.output_tokens ?? call.billed.output_tokens;
  for (const event of [
    blockStop(index),
    ...closingEvents(cut ? 'max_tokens' : reply.stop_reason, call.billed),
  ]) {
    response.write(sse(event));
  }
  response.end();
  call.complete = true;
}

/** Headers, opening events and the text in pieces, while the client listens. Gives the index of the open text block. */
async function sendText(
  response: ServerResponse,
  call: FakeCall,
  text: string,
  shape: { thinking?: string; pause_ms?: number } = {},
): Promise<number> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  const send = (event: object) => response.write(sse(event));
  openingEvents({ id: 'msg_fake', model: call.body.model, usage: call.billed }).forEach(send);
  const index = shape.thinking === undefined ? 0 : 1;
  let sent = shape.thinking ?? '';
  if (shape.thinking !== undefined) thinkingEvents(0, shape.thinking).forEach(send);
  send(textStart(index));
  for (const piece of text.match(/.{1,40}/gsu) ?? []) {
    if (response.destroyed) break;
    send(textDelta(index, piece));
    sent += piece;
    call.billed.output_tokens = countTokens(sent);
    if (shape.pause_ms) await sleep(shape.pause_ms);
  }
  return index;
}

/** An answer that is no stream. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function setHeaders(response: ServerResponse, headers: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
}
