import type { Artifact } from '../../../contracts/artifact.ts';
import type { ToolDeps } from '../deps.ts';
import type { ToolContext, ToolOutput } from '../tool.ts';
import type { McpResult } from './server.ts';

/** What an agent reads of an MCP server's answer; images, sounds and other bytes become artifacts. */
export async function toOutput(
  { store }: Pick<ToolDeps, 'store'>,
  result: McpResult,
  { job_id, task_id, call_id }: ToolContext,
): Promise<ToolOutput> {
  const artifacts: Artifact[] = [];
  const keep = async (base64: string, media_type = 'application/octet-stream') => {
    const name = `tool-results/${call_id.slice(-12).replace(/[^\w.-]/g, '_')}-${artifacts.length + 1}`;
    const source = Buffer.from(base64, 'base64');
    const artifact = await store.artifactOf({ job_id, task_id, name, media_type, source });
    artifacts.push(artifact);
    return `[${media_type}: kept as the artifact \`${name}\`, ${artifact.size_bytes} bytes]`;
  };
  const texts: string[] = [];
  for (const block of contentOf(result)) {
    if (block.type === 'text') texts.push(block.text);
    else if (block.type === 'resource_link') texts.push(`[${block.name}: ${block.uri}]`);
    else if (block.type === 'resource') {
      const { resource } = block;
      texts.push('text' in resource ? resource.text : await keep(resource.blob, resource.mimeType));
    } else texts.push(await keep(block.data, block.mimeType));
  }
  if (texts.length === 0 && result.structuredContent) texts.push(JSON.stringify(result.structuredContent));
  return { text: texts.join('\n') || '(no output)', artifacts, is_error: result.isError === true };
}

type Content = Extract<McpResult, { content: unknown }>['content'];

/** Servers of the first protocol version answer with `toolResult`, which the SDK passes on as it is. */
function contentOf(result: McpResult): Content {
  if ('content' in result && Array.isArray(result.content)) return result.content as Content;
  return 'toolResult' in result ? [{ type: 'text', text: JSON.stringify(result.toolResult) }] : [];
}
