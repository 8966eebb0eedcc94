import { z } from 'zod';
import type { ToolCredentials } from '../credentials.ts';
import type { ToolDeps } from '../deps.ts';
import { defineTool, type Tool } from '../tool.ts';
import { payForImage } from './image-call.ts';

/** Images by the OpenAI API; each becomes an artifact, and a call of the ledger. */
export function generateImageTool(
  deps: Pick<ToolDeps, 'store' | 'price'>,
  credentials: NonNullable<ToolCredentials['openai']>,
): Tool {
  return defineTool({
    name: 'generate_image',
    description: 'Makes an image from a description and keeps it as an artifact (PNG).',
    input: z.strictObject({
      prompt: z.string().min(1).max(32_000),
      name: z
        .string()
        .regex(/^[\w. /-]{1,190}$/, 'letters, digits, spaces and . _ - /')
        .describe('of the artifact, for instance logo.png'),
      size: z.enum(['1024x1024', '1536x1024', '1024x1536']).default('1024x1024'),
    }),
    risk: 'medium',
    place: 'anywhere',
    paid: true,
    async run(wanted, context) {
      const artifact = await payForImage(deps, credentials, wanted, context);
      return {
        text: `Kept as the artifact \`${wanted.name}\` (${artifact.size_bytes} bytes).`,
        artifacts: [artifact],
      };
    },
  });
}
