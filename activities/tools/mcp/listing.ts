import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { z } from 'zod';

/** As far as a list of tools is read. */
const MAX_PAGES = 100;
const MAX_TOOLS = 1000;
const MAX_CHARS = 8 * 1024 * 1024;

/** What a server says of its tools. */
export interface McpToolList {
  /** each as the server sent it, to be looked at one by one: one that is odd takes no other away */
  tools: unknown[];
  /** why that is not all */
  cut?: string;
}

// the SDK's own schema refuses a page as a whole, and it compiles what servers send
const Page = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.unknown().optional() });

/**
 * All that a server lists, page by page, as far as it comes to an end.
 * @param signal ends it
 * @throws the SDK's errors
 */
export async function listTools(client: Client, signal: AbortSignal, timeout: number): Promise<McpToolList> {
  const tools: unknown[] = [];
  const cursors = new Set<string>();
  let chars = 0;
  for (let cursor: string | undefined; ; ) {
    signal.throwIfAborted();
    const request = { method: 'tools/list', params: cursor === undefined ? {} : { cursor } } as const;
    const page = await client.request(request, Page, { signal, timeout });
    for (const tool of page.tools) {
      chars += lengthOf(tool);
      if (tools.length === MAX_TOOLS) return { tools, cut: `it lists more than ${MAX_TOOLS} tools` };
      if (chars > MAX_CHARS) return { tools, cut: `its list is longer than ${MAX_CHARS} characters` };
      tools.push(tool);
    }
    // an empty cursor is one, too
    if (typeof page.nextCursor !== 'string') return { tools };
    cursor = page.nextCursor;
    if (cursors.has(cursor)) return { tools, cut: 'its list starts over instead of ending' };
    cursors.add(cursor);
    if (cursors.size === MAX_PAGES) return { tools, cut: `its list has more than ${MAX_PAGES} pages` };
  }
}

/** What nests so deep that it can't be written down counts for as much as ten of the largest that are taken. */
function lengthOf(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return 640 * 1024;
  }
}
