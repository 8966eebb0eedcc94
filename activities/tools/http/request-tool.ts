import { isUtf8 } from 'node:buffer';
import { basename } from 'node:path';
import { z } from 'zod';
import { toText } from '../../command/text.ts';
import type { ToolDeps } from '../deps.ts';
import { defineTool, type Tool, type ToolContext, type ToolOutput } from '../tool.ts';
import { type GuardedResponse, guardedRequest } from './request.ts';

const HEADERS_CHARS = 2000;

/** Requests to the public internet, without any credentials of the service. */
export function httpRequestTool(deps: Pick<ToolDeps, 'store' | 'tools' | 'lookup'>): Tool {
  return defineTool({
    name: 'http_request',
    description:
      'Makes an HTTP request to a public address and gives status, headers and body. Follows at most 5 redirects. What is not text becomes an artifact.',
    input: z.strictObject({
      method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
      url: z.string().min(1).max(8000),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.string().max(1_000_000).optional(),
    }),
    risk: 'medium',
    place: 'anywhere',
    async run({ body, ...input }, context) {
      const { signal } = context;
      const response = await guardedRequest(deps, {
        ...input,
        signal,
        ...(body === undefined ? {} : { body }),
      });
      return await toOutput(deps, response, context);
    },
  });
}

async function toOutput(
  { store }: Pick<ToolDeps, 'store'>,
  response: GuardedResponse,
  { job_id, task_id }: ToolContext,
): Promise<ToolOutput> {
  const { status, status_text, headers, body, truncated, url } = response;
  const lines = Object.entries(headers)
    .filter(([name]) => name !== 'set-cookie')
    .map(([name, value]) => `${name}: ${String(value)}`);
  const head = [`HTTP ${status} ${status_text}`.trim(), `url: ${url}`, ...lines]
    .join('\n')
    .slice(0, HEADERS_CHARS);
  const is_error = status >= 400;
  const note = truncated ? `\n[only the first ${body.length} bytes were read]` : '';
  if (isText(response)) return { text: `${head}\n\n${toText(body)}${note}`, is_error };
  const media_type = (headers['content-type'] ?? 'application/octet-stream').split(';')[0]!.trim();
  const name = `http/${basename(new URL(url).pathname).slice(0, 100) || 'answer'}`;
  const kept = { job_id, task_id, name, media_type, source: body };
  // the request was made, and must not be made again for that
  const artifact = await store.artifactOf(kept).catch(() => null);
  if (!artifact)
    return { text: `${head}\n\n[not text: ${body.length} bytes that could not be kept]${note}`, is_error };
  const text = `${head}\n\n[not text: kept as the artifact \`${name}\`, ${body.length} bytes]${note}`;
  return { text, artifacts: [artifact], is_error };
}

const TEXT_TYPE = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded))|\+(json|xml)/i;

function isText({ body, truncated, headers }: GuardedResponse): boolean {
  if (body.includes(0)) return false;
  if (TEXT_TYPE.test(headers['content-type'] ?? '')) return true;
  // where the body was cut, the cut may go through a character
  return (truncated ? [0, 1, 2, 3] : [0]).some((cut) => isUtf8(body.subarray(0, body.length - cut)));
}
