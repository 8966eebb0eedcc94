import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ToolRisk } from '../../../contracts/tool.ts';
import { fitSchema } from './fit-schema.ts';

/** Longest name that providers take for a tool. */
const NAME_CHARS = 64;
const DESCRIPTION_CHARS = 10_000;

/** A tool of a server in a form that every provider takes. */
export interface FittedTool {
  /** what the server calls it */
  own_name: string;
  /** what agents call it */
  name: string;
  description: string;
  input_schema: Record<string, unknown>;
  /** as the server announced it, unseen */
  output_schema: unknown;
  risk: ToolRisk;
}

/** Something of a server that agents do not have as it announced it. */
export interface McpRemark {
  /** of the tool as agents would call it, or of the server */
  name: string;
  reason: string;
}

export interface FittedTools {
  tools: FittedTool[];
  left_out: McpRemark[];
  /** tools that are there, but told otherwise */
  changed: McpRemark[];
}

const Announced = z.looseObject({ name: z.string().min(1).max(1000) });
const text = z.string().catch('');
const Words = z.looseObject({
  title: text,
  description: text,
  annotations: z
    .looseObject({ readOnlyHint: z.unknown().optional(), destructiveHint: z.unknown().optional() })
    .catch({}),
  execution: z.looseObject({ taskSupport: z.unknown().optional() }).catch({}),
});

/** What a server lists, tool by tool: one that is odd is left out or told in words, and takes no other away. */
export function fitTools(server: string, listed: readonly unknown[]): FittedTools {
  const fitted: FittedTools = { tools: [], left_out: [], changed: [] };
  const seen = new Set<string>();
  for (const [index, given] of listed.entries()) {
    const announced = Announced.safeParse(given);
    if (!announced.success) {
      fitted.left_out.push({
        name: `${toToolName(server, '')}#${index + 1}`,
        reason: 'it has no usable name',
      });
      continue;
    }
    const name = toToolName(server, announced.data.name);
    const leave = (reason: string) => fitted.left_out.push({ name, reason });
    if (seen.has(announced.data.name)) {
      leave('its server lists the name twice; the first one is used');
      continue;
    }
    seen.add(announced.data.name);
    const words = Words.parse(given);
    if (words.execution.taskSupport === 'required') {
      leave('it runs as a task of the protocol only, which is not supported');
      continue;
    }
    const schema = fitSchema(announced.data.inputSchema);
    if ('left_out' in schema) {
      leave(schema.left_out);
      continue;
    }
    if (schema.why)
      fitted.changed.push({ name, reason: `${schema.why}; its arguments are described in words` });
    const said = words.description || words.title || announced.data.name;
    if (said.length > DESCRIPTION_CHARS) {
      const reason = `its description has ${said.length} characters; ${DESCRIPTION_CHARS} are told`;
      fitted.changed.push({ name, reason });
    }
    fitted.tools.push({
      own_name: announced.data.name,
      name,
      description: [said.slice(0, DESCRIPTION_CHARS).toWellFormed(), schema.told]
        .filter(Boolean)
        .join('\n\n'),
      input_schema: schema.schema,
      output_schema: announced.data.outputSchema,
      risk: riskOf(words.annotations),
    });
  }
  return fitted;
}

/** What a server says of its own tool: believed, since the configuration names the server. */
function riskOf({
  readOnlyHint,
  destructiveHint,
}: {
  readOnlyHint?: unknown;
  destructiveHint?: unknown;
}): ToolRisk {
  if (readOnlyHint === true) return 'low';
  return destructiveHint === true ? 'high' : 'medium';
}

/** `<server>__<tool>` with what names of tools may hold; a name that had to be changed ends in a hash. */
export function toToolName(server: string, tool: string): string {
  const wanted = `${server}__${tool}`;
  const name = wanted.replace(/[^a-zA-Z0-9_-]/g, '_');
  if (tool === '' || (name === wanted && name.length <= NAME_CHARS)) return name;
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  return `${name.slice(0, NAME_CHARS - 9)}_${hash}`;
}
