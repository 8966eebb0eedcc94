import type { ToolDeps } from '../deps.ts';
import type { Tool } from '../tool.ts';
import { sendEmailTool } from './email.ts';
import { githubTool } from './github.ts';
import { generateImageTool } from './image.ts';
import { slackPostTool } from './slack.ts';
import { sendWebhookTool } from './webhook.ts';

/** Tools that act on services outside, each only where its credentials are there; webhooks need none. */
export function outsideTools(
  deps: Pick<ToolDeps, 'store' | 'price' | 'tools' | 'lookup' | 'credentials'>,
): Tool[] {
  const { smtp, slack, github, openai } = deps.credentials;
  return [
    ...(smtp ? [sendEmailTool(smtp)] : []),
    ...(slack ? [slackPostTool(slack)] : []),
    ...(github ? [githubTool(github)] : []),
    sendWebhookTool(deps),
    ...(openai ? [generateImageTool(deps, openai)] : []),
  ];
}
