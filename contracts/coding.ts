import { z } from 'zod';
import { ProviderName } from './spec.ts';

/**
 * Coding assistants that the project can run; each has a descriptor in activities/coding/drivers. `acp`: any program that speaks the
 * Agent Client Protocol.
 */
export const CodingDriver = z
  .enum(['claude', 'codex', 'gemini', 'opencode', 'acp'])
  .meta({ id: 'CodingDriver' });
export type CodingDriver = z.infer<typeof CodingDriver>;

/** `api`: every call is paid for, by our table of prices; `subscription`: the tool is logged in, and no money is counted. */
export const CodingBilling = z.enum(['api', 'subscription']);
export type CodingBilling = z.infer<typeof CodingBilling>;

/**
 * What an assistant may do. `ask`: a person is asked about what its own rules don't allow; `edit`: it changes files in its
 * folder, and the rest is refused; `all`: everything, inside a sandbox only.
 */
export const CodingPermissions = z.enum(['ask', 'edit', 'all']);
export type CodingPermissions = z.infer<typeof CodingPermissions>;

/** Front matter of `agents/<name>.md` with `kind: coding`; the body, if there is one, goes before each task. */
export const CodingFrontMatter = z.strictObject({
  kind: z.literal('coding'),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, . _ -'),
  description: z.string().min(1),
  specialty: z.string().optional(),
  capabilities: z.array(z.string()).default([]),
  driver: CodingDriver,
  command: z
    .string()
    .regex(/^(\/|[^/]+$)/, 'a name on PATH, or an absolute path')
    .optional()
    .describe("its program; left out: the driver's own name"),
  args: z.array(z.string().max(1000)).max(50).optional().describe('of `acp`: how its program is called'),
  variables: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of a variable'))
    .max(50)
    .optional()
    .describe("of `acp`: the worker's variables that it gets"),
  provider: ProviderName.optional().describe("whose prices and key count; left out: the driver's own"),
  model: z.string().min(1).optional().describe('left out: what the tool takes by itself'),
  billing: CodingBilling.default('api'),
  permissions: CodingPermissions.default('edit'),
  max_turns: z.int().min(1).max(10_000).default(100).describe('answers of its model in one attempt'),
  max_output_tokens: z
    .int()
    .min(1000)
    .max(200_000)
    .default(32_000)
    .describe('of one answer, where it can be told'),
  max_tokens: z.int().min(1).optional().describe('of all its answers; else limits.max_tokens_per_agent'),
  sla_seconds: z.number().positive().max(2_592_000).optional(),
  max_concurrency: z.int().min(1).max(1000).optional(),
});
export type CodingFrontMatter = z.infer<typeof CodingFrontMatter>;

/** What makes an agent of a coding assistant: its file, with every default in place. */
export interface CodingAgentSettings
  extends Omit<CodingFrontMatter, 'kind' | 'name' | 'description' | 'capabilities'> {
  /** goes before each task; may be empty */
  instructions: string;
}
