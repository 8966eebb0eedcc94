import { ErrorCode, LogLevel, WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { ToolCredentials } from '../credentials.ts';
import { defineTool, type Tool } from '../tool.ts';
import { lostCall } from './perhaps-done.ts';

const TIMEOUT_MS = 30_000;

/** Messages to Slack in the name of the configured bot. */
export function slackPostTool({ token, base_url }: NonNullable<ToolCredentials['slack']>): Tool {
  return defineTool({
    name: 'slack_post',
    description: 'Posts a message to a Slack channel, or into a thread of it.',
    input: z.strictObject({
      channel: z.string().min(1).max(100).describe('id, or #name'),
      text: z.string().min(1).max(12_000).describe('in Slack markup'),
      thread_ts: z.string().max(50).optional(),
    }),
    risk: 'medium',
    place: 'anywhere',
    async run(message, { signal }) {
      const client = new WebClient(token, {
        ...(base_url ? { slackApiUrl: base_url } : {}),
        logLevel: LogLevel.ERROR,
        // a post whose answer was lost may stand there already
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout: TIMEOUT_MS,
        fetch: (url, init) =>
          fetch(url, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal }),
      });
      const { channel, ts } = await client.chat.postMessage(message).catch((error: unknown) => {
        signal.throwIfAborted();
        throw isAnswer(error) ? error : lostCall(error, 'The message may have been posted');
      });
      return { text: `Posted to ${channel ?? message.channel} (ts ${ts ?? 'unknown'}).` };
    },
  });
}

/** Whether Slack itself said that it does not do it. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const refused: unknown[] = [ErrorCode.PlatformError, ErrorCode.RateLimitedError];
  if (refused.includes(error.code)) return true;
  const status = 'statusCode' in error ? Number(error.statusCode) : 0;
  return error.code === ErrorCode.HTTPError && status < 500;
}
