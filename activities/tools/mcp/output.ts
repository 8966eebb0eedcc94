import { type ContentBlock, ContentBlockSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Artifact } from '../../../contracts/artifact.ts';
import type { ToolDeps } from '../deps.ts';
import type { ToolContext, ToolOutput } from '../tool.ts';
import { differsFrom } from './announced.ts';
import type { McpResult } from './server.ts';

/**
 * What an agent reads of an MCP server's answer; images, sounds and other bytes become artifacts. An answer means that
 * the call was carried out, whatever is wrong with it: the agent is told so, lest it asks again.
 * @param answer.output_schema what the tool announced of its answers
 */
export async function toOutput(
  { store }: Pick<ToolDeps, 'store'>,
  { result, output_schema }: { result: McpResult; output_schema: unknown },
  { job_id, task_id, call_id }: ToolContext,
): Promise<ToolOutput> {
  const artifacts: Artifact[] = [];
  const keep = async (base64: string, media_type = 'application/octet-stream') => {
    const name = `tool-results/${call_id.slice(-12).replace(/[^\w.-]/g, '_')}-${artifacts.length + 1}`;
    const source = Buffer.from(base64, 'base64');
    try {
      const artifact = await store.artifactOf({ job_id, task_id, name, media_type, source });
      artifacts.push(artifact);
      return `[${media_type}: kept as the artifact \`${name}\`, ${artifact.size_bytes} bytes]`;
    } catch {
      return `[${media_type}: ${source.length} bytes that could not be kept]`;
    }
  };
  const tell = async (block: ContentBlock) => {
    if (block.type === 'text') return block.text;
    if (block.type === 'resource_link') return `[${block.name}: ${block.uri}]`;
    if (block.type !== 'resource') return await keep(block.data, block.mimeType);
    const { resource } = block;
    return 'text' in resource ? resource.text : await keep(resource.blob, resource.mimeType);
  };
  const { blocks, problem } = contentOf(result);
  const texts: string[] = [];
  for (const block of blocks) texts.push(typeof block === 'string' ? block : await tell(block));
  if (texts.length === 0 && result.structuredContent) texts.push(asText(result.structuredContent));
  const is_error = result.isError === true;
  const wrong = problem ?? (is_error ? null : differsFrom(output_schema, result.structuredContent));
  const text = texts.join('\n') || '(no output)';
  if (wrong === null) return { text, artifacts, is_error };
  const done = is_error ? 'The tool says that it failed' : 'The call was carried out';
  return { text: `[${done}, but the answer is not as announced: ${wrong}]\n${text}`, artifacts, is_error };
}

/** The parts of an answer; those that are none of the protocol's as they are, with what is wrong. */
function contentOf(result: McpResult): { blocks: (ContentBlock | string)[]; problem: string | null } {
  // servers of the first protocol version answer so
  if ('toolResult' in result) return { blocks: [asText(result.toolResult)], problem: null };
  const { content } = result;
  if (content === undefined) {
    const problem = result.structuredContent === undefined ? '`content` is missing' : null;
    return { blocks: problem ? [asText(result)] : [], problem };
  }
  if (!Array.isArray(content)) return { blocks: [asText(content)], problem: '`content` is not a list' };
  let problem: string | null = null;
  const blocks = content.map((block, index) => {
    const parsed = ContentBlockSchema.safeParse(block);
    if (parsed.success) return parsed.data;
    problem ??= `part ${index + 1} of \`content\` is not of the protocol`;
    return asText(block);
  });
  return { blocks, problem };
}

function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return '(nested too deep to be shown)';
  }
}
