import OpenAI from 'openai';
import { z } from 'zod';
import type { ToolCredentials } from '../credentials.ts';
import type { ToolDeps } from '../deps.ts';
import { defineTool, type Tool, ToolError } from '../tool.ts';

const MODEL = 'gpt-image-1';
const TIMEOUT_MS = 180_000;

/** Images by the OpenAI API; each becomes an artifact. */
export function generateImageTool(
  { store }: Pick<ToolDeps, 'store'>,
  { api_key, base_url }: NonNullable<ToolCredentials['openai']>,
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
    async run({ prompt, name, size }, { job_id, task_id, signal }) {
      const client = new OpenAI({
        apiKey: api_key,
        ...(base_url ? { baseURL: base_url } : {}),
        // every image is paid for
        maxRetries: 0,
        timeout: TIMEOUT_MS,
      });
      const { data } = await client.images.generate({ model: MODEL, prompt, size }, { signal });
      const image = data?.[0]?.b64_json;
      if (!image) throw new ToolError('The answer holds no image.');
      const source = Buffer.from(image, 'base64');
      const artifact = await store.artifactOf({ job_id, task_id, name, media_type: 'image/png', source });
      return {
        text: `Kept as the artifact \`${name}\` (${artifact.size_bytes} bytes).`,
        artifacts: [artifact],
      };
    },
  });
}
