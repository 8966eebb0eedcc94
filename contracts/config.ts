import { z } from 'zod';
import type { AgentKind } from './agent.ts';
import { Price } from './money.ts';
import { ProviderName } from './spec.ts';

const seconds = z.number().positive();

/** A service that takes tasks over HTTP, from `agents:` of orchestrator.yaml. */
export const HttpAgentConfig = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, . _ -'),
  description: z.string().default(''),
  capabilities: z.array(z.string()).default([]),
  base_url: z.url({ protocol: /^https?$/ }).describe('where the brief is posted'),
  headers: z.record(z.string(), z.string()).default({}).describe('values may be ${secret:NAME}'),
  answer_timeout_seconds: seconds
    .default(30)
    .describe('for the first answer; a 202 may take longer to call back'),
});
export type HttpAgentConfig = z.infer<typeof HttpAgentConfig>;

const provider = z.strictObject({
  default_model: z.string().optional(),
  base_url: z.url().optional(),
  context_window: z
    .int()
    .min(1024)
    .optional()
    .describe('tokens of prompt and answer together, for all its models; wins over what is known of them'),
});

/** `orchestrator.yaml`. Everything has a default; an empty file is valid. */
export const Config = z
  .strictObject({
    models: z
      .strictObject({
        planner: z.strictObject({ provider: ProviderName, model: z.string() }).optional(),
        max_output_tokens: z.int().min(256).max(200_000).default(16_000),
      })
      .prefault({}),
    providers: z
      .strictObject({
        anthropic: provider.optional(),
        openai: provider.optional(),
        gemini: provider.optional(),
        ollama: provider.optional(),
      })
      .prefault({}),
    prices: z
      .record(
        z.string(),
        Price.omit({ source: true }).partial({ cache_read_usd: true, cache_write_usd: true }),
      )
      .default({})
      .describe('USD per million tokens by model; wins over the price table'),
    agents: z.array(HttpAgentConfig).default([]).describe('services that take tasks over HTTP'),
    agents_dir: z.string().default('agents').describe('folder of agents/*.md, relative to this file'),
    commands: z.enum(['on', 'off']).default('on').describe('whether tasks may run commands at all'),
    command_allowlist: z
      .array(z.string())
      .default([])
      .describe('empty: any command; else programs or exact prefixes'),
    planner_commands: z
      .enum(['allow', 'deny'])
      .default('deny')
      .describe('whether models and rules may plan commands'),
    limits: z
      .strictObject({
        max_tasks: z.int().min(1).max(500).default(500),
        max_workers: z.int().min(1).max(1000).default(50),
        body_bytes: z.int().min(1024).max(1_900_000).default(1_048_576),
        output_bytes: z
          .int()
          .min(1024)
          .default(262_144)
          .describe('of a command kept as its output; the rest is an artifact'),
        artifact_bytes: z.int().min(1024).default(1_073_741_824),
      })
      .prefault({}),
  })
  .meta({ id: 'Config' });
export type Config = z.infer<typeof Config>;

/** Front matter of `agents/<name>.md`; the body is the system prompt. */
export const AgentFrontMatter = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, . _ -'),
  description: z.string().min(1),
  specialty: z.string().optional(),
  capabilities: z.array(z.string()).default([]),
  provider: ProviderName.optional(),
  model: z.string().optional(),
  max_output_tokens: z.int().min(256).max(200_000).optional(),
});
export type AgentFrontMatter = z.infer<typeof AgentFrontMatter>;

/** An agent of the roster, whatever file it comes from. */
export interface RosterAgent {
  name: string;
  kind: z.infer<typeof AgentKind>;
  description: string;
  capabilities: string[];
  /** llm only */
  llm?: { system_prompt: string; provider?: ProviderName; model?: string; max_output_tokens?: number };
  /** http only */
  http?: HttpAgentConfig;
}
