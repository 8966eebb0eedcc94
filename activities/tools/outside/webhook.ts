import { createHash } from 'node:crypto';
import { z } from 'zod';
import { webhookHeaders } from '../../webhook-signature.ts';
import type { ToolDeps } from '../deps.ts';
import { guardedRequest } from '../http/request.ts';
import { defineTool, type Tool, type ToolContext } from '../tool.ts';

const ANSWER_CHARS = 2000;

/** JSON to an address outside; signed after https://www.standardwebhooks.com where there is a secret. */
export function sendWebhookTool(deps: Pick<ToolDeps, 'tools' | 'lookup' | 'credentials'>): Tool {
  const secret = deps.credentials.webhook_secret;
  return defineTool({
    name: 'send_webhook',
    description: 'Posts JSON to a public address, as a webhook.',
    input: z.strictObject({
      url: z.string().min(1).max(8000),
      payload: z.record(z.string(), z.unknown()),
    }),
    risk: 'medium',
    place: 'anywhere',
    async run({ url, payload }, context) {
      const body = JSON.stringify(payload);
      const { status, body: answer } = await guardedRequest(deps, {
        method: 'POST',
        url,
        body,
        headers: webhookHeaders(secret ? [secret] : [], idOf(context), body),
        signal: context.signal,
        // a redirect would turn the post into something else
        redirects: 'answer',
        timeout_seconds: 30,
        max_bytes: ANSWER_CHARS,
      });
      const said = answer.toString('utf8').trim();
      return { text: `Answered ${status}.${said ? `\n${said}` : ''}`, is_error: status >= 300 };
    },
  });
}

/** The same for the same call, so that receivers know a webhook again that was sent twice. */
function idOf({ job_id, task_id, call_id }: ToolContext): string {
  const id = createHash('sha256')
    .update(JSON.stringify([job_id, task_id, call_id]))
    .digest('hex');
  return `msg_${id.slice(0, 32)}`;
}
