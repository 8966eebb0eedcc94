import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { resetAfter, sendPieces } from './answer-text.ts';
import { PlainReply, type SeenRequest, stepOf } from './script.ts';
import { type FakeCall as Call, type Fake, sendJson, sendRaw, setRetryHeaders, startFake } from './server.ts';
import { countTokens } from './tokens.ts';

/** Tokens as the API reports them. */
interface WireUsage {
  promptTokenCount: number;
  candidatesTokenCount: number;
}

const Step = stepOf(PlainReply);

const CallPart = z.looseObject({ id: z.string().optional(), name: z.string() });
const Part = z.looseObject({
  text: z.string().optional(),
  functionCall: CallPart.optional(),
  functionResponse: CallPart.optional(),
});
const Content = z.looseObject({ role: z.enum(['user', 'model']), parts: z.array(Part).min(1) });

/** Body of `POST /v1beta/models/{model}:streamGenerateContent`, as far as an assistant has to keep to it. */
const GenerateRequest = z.looseObject({
  contents: z.array(Content).min(1),
  systemInstruction: z.looseObject({ parts: z.array(Part) }).optional(),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(z.looseObject({ name: z.string() })).default([]) }))
    .default([]),
});
type GenerateRequest = z.infer<typeof GenerateRequest> & { model: string };

export type FakeGemini = Fake<z.output<typeof Step>, z.input<typeof Step>, Call<GenerateRequest, WireUsage>>;

const PATH = /^\/v1beta\/models\/([^/:]+):streamGenerateContent$/;

/**
 * A strict fake of Gemini's own API on a local port: it answers the requests of its script and no others; every call of a function has to
 * be followed by its response.
 * @see https://ai.google.dev/api/generate-content
 */
export const startFakeGemini = (api_key = 'gm-fake-0123456789'): Promise<FakeGemini> =>
  startFake<GenerateRequest, WireUsage, PlainReply>(
    {
      name: 'Gemini',
      step: Step,
      path: PATH,
      nothing: { promptTokenCount: 0, candidatesTokenCount: 0 },
      gate: (request, path) => gate(request, path, api_key),
      parse(json, path) {
        const body = { ...GenerateRequest.parse(json), model: PATH.exec(path)![1]! };
        checkCalls(body);
        return body;
      },
      seen: toSeen,
      refusal: (status, message) => errorBody(status, message),
      output: ({ candidatesTokenCount }) => candidatesTokenCount,
      limitHeaders: () => ({}),
      answer,
    },
    { api_key },
  );

const gate = (request: IncomingMessage, _path: string, api_key: string) =>
  request.headers['x-goog-api-key'] === api_key
    ? null
    : { status: 401, body: errorBody(401, 'API key not valid. Please pass a valid API key.') };

function checkCalls({ contents }: GenerateRequest): void {
  contents.forEach(({ role, parts }, index) => {
    const made = parts.filter(({ functionCall }) => functionCall).length;
    if (role !== 'model' || made === 0) return;
    const answered = (contents[index + 1]?.parts ?? []).filter(({ functionResponse }) => functionResponse);
    if (answered.length !== made) {
      throw new Error(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
  });
}

function toSeen({ model, contents, systemInstruction, tools }: GenerateRequest): SeenRequest {
  const textOf = (part: z.infer<typeof Part>) => part.text ?? JSON.stringify(part);
  return {
    model,
    system: (systemInstruction?.parts ?? []).map(textOf).join('\n'),
    prompt: contents.flatMap(({ parts }) => parts.map(textOf)).join('\n'),
    structured: false,
    turn: contents.filter(({ role }) => role === 'model').length,
    tools: tools.flatMap(({ functionDeclarations }) => functionDeclarations.map(({ name }) => name)),
  };
}

const errorBody = (code: number, message: string): object => ({
  error: { code, message, status: code === 429 ? 'RESOURCE_EXHAUSTED' : 'UNKNOWN' },
});

async function answer(
  response: ServerResponse,
  reply: PlainReply,
  call: Call<GenerateRequest, WireUsage>,
): Promise<void> {
  if (reply.type === 'rate_limited') {
    setRetryHeaders(response, reply);
    return sendJson(response, 429, errorBody(429, 'Resource has been exhausted.'));
  }
  if (reply.type === 'error') return sendJson(response, reply.status, errorBody(reply.status, reply.message));
  if (reply.type === 'overloaded') return sendJson(response, 503, errorBody(503, 'The model is overloaded.'));
  if (reply.type === 'raw') return sendRaw(response, reply);
  const { model, ...asked } = call.body;
  call.billed = { promptTokenCount: countTokens(JSON.stringify(asked)), candidatesTokenCount: 0 };
  const says = reply.type === 'message' ? reply.text : reply.after_text;
  if (says === undefined && reply.type === 'hang') return;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (parts: object[], more: object = {}, last: object = {}) => {
    const candidates = [{ content: { role: 'model', parts }, index: 0, ...last }];
    response.write(`data: ${JSON.stringify({ candidates, modelVersion: model, ...more })}\n\n`);
  };
  if (says) {
    await sendPieces(response, says, reply.type === 'message' ? reply.pause_ms : 0, (text) => {
      send([{ text }]);
      call.billed.candidatesTokenCount += countTokens(text);
    });
    if (reply.type === 'reset') return resetAfter(response, says);
    if (response.destroyed || reply.type === 'hang') return;
  }
  if (reply.type !== 'message') return void response.destroy();
  const parts = reply.tool_use.map(({ id = `call_${++ids}`, name, input }) => {
    call.billed.candidatesTokenCount += countTokens(name + JSON.stringify(input));
    return { functionCall: { id, name, args: input } };
  });
  const { promptTokenCount, candidatesTokenCount } = call.billed;
  const usageMetadata = {
    ...{ promptTokenCount, candidatesTokenCount },
    totalTokenCount: promptTokenCount + candidatesTokenCount,
  };
  send(parts.length > 0 ? parts : [{ text: '' }], { usageMetadata }, { finishReason: 'STOP' });
  response.end();
  call.complete = true;
}

let ids = 0;
