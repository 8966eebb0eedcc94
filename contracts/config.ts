import { z } from 'zod';
import type { AgentKind } from './agent.ts';
import type { CodingAgentSettings } from './coding.ts';
import { MAX_JOB_AGENTS } from './job-agent.ts';
import { Price } from './money.ts';
import { MODEL_PROVIDERS, type ModelProvider } from './providers.ts';
import { RepositoriesConfig } from './repository/config.ts';
import { Routing } from './routing.ts';
import { NetworkAccess } from './sandbox.ts';
import { SandboxConfig } from './sandbox-config.ts';
import { ProviderName } from './spec.ts';
import { ToolPattern, ToolRisk } from './tool.ts';
import { WebhookConfig } from './webhook.ts';

const seconds = z.number().positive();
const tokens = z.int().min(1000);

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

const modelName = z.strictObject({ provider: ProviderName, model: z.string() });

const provider = z.strictObject({
  default_model: z.string().optional(),
  base_url: z.url().optional(),
  context_window: z
    .int()
    .min(1024)
    .optional()
    .describe('tokens of prompt and answer together, for all its models; overrides what is known about them'),
});

/** Reading, web and REST requests, and what is sent outside by tools that have credentials of their own. */
const SAFE_TOOLS: readonly string[] = [
  'read_file',
  'glob',
  'grep',
  'read_artifact',
  'read_task_result',
  'http_request',
  'send_email',
  'slack_post',
  'github',
  'send_webhook',
  'generate_image',
];

/**
 * A server of tools over MCP, from `mcp_servers:`: a program that speaks on its standard input and output, or an
 * address. Its tools are called `<server>__<tool>`.
 */
export const McpServerConfig = z
  .strictObject({
    command: z.string().min(1).optional().describe('program to start; or `url`'),
    args: z.array(z.string()).default([]).describe('arguments of the program; values may be ${secret:NAME}'),
    env: z
      .record(z.string(), z.string())
      .default({})
      .describe('environment of the program; values may be ${secret:NAME}'),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('streamable HTTP; or `command`'),
    headers: z.record(z.string(), z.string()).default({}).describe('values may be ${secret:NAME}'),
    sandbox: z
      .enum(['on', 'off'])
      .default('on')
      .describe('off: the program runs as the user of the worker, whatever `sandbox` says of others'),
    risk: ToolRisk.optional().describe(
      'of all its tools; else what it says of each: read-only low, destructive high, otherwise medium',
    ),
    tools: z
      .array(ToolPattern)
      .default(['*'])
      .describe("its tools that may be offered at all, by the server's own names"),
  })
  .superRefine(({ command, url, args, env, headers }, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (command === undefined && url === undefined) wrong('command', 'is required, or url');
    if (command !== undefined && url !== undefined) wrong('url', 'goes without command: give one of them');
    if (command === undefined && args.length > 0) wrong('args', 'belongs to command');
    if (command === undefined && Object.keys(env).length > 0) wrong('env', 'belongs to command');
    if (url === undefined && Object.keys(headers).length > 0) wrong('headers', 'belongs to url');
  });
export type McpServerConfig = z.infer<typeof McpServerConfig>;

/** How much of a model may be asked for, all workers together, from `rate_limits:`. What is left out has no limit. */
export const RateLimitConfig = z
  .strictObject({
    requests_per_second: z.number().positive().optional(),
    requests_per_minute: z.number().positive().optional(),
    tokens_per_second: z.number().positive().optional(),
    tokens_per_minute: z.number().positive().optional().describe('of prompts and answers together'),
  })
  .superRefine((limit, context) => {
    for (const what of ['requests', 'tokens'] as const) {
      if (limit[`${what}_per_second`] === undefined || limit[`${what}_per_minute`] === undefined) continue;
      const message = `goes without ${what}_per_second: give one of them`;
      context.addIssue({ code: 'custom', path: [`${what}_per_minute`], message });
    }
  });
export type RateLimitConfig = z.infer<typeof RateLimitConfig>;

const RATE_LIMIT_KEY = new RegExp(`^(${ProviderName.options.join('|')})(/\\S+)?$`);

/** Whether the program of a command is a path that depends on the folder it is started in. */
const isRelative = (command: string): boolean => {
  const [program = ''] = command.trim().split(/[ \t]+/, 1);
  return program.includes('/') && !program.startsWith('/');
};

const stepText = (max: number) => z.string().trim().min(1).max(max);

/** A named list of steps, from `workflows.named:`; each step is a task that is told what those before it hand on. */
export const NamedWorkflow = z.strictObject({
  description: z.string().max(2000).default(''),
  steps: z
    .array(
      z.strictObject({
        title: stepText(100),
        agent: z.string().min(1).max(64).default('general'),
        instructions: stepText(20_000).describe('what the step does with the task'),
        model: z.string().min(1).max(200).optional(),
      }),
    )
    .min(1)
    .max(20),
});
export type NamedWorkflow = z.infer<typeof NamedWorkflow>;

/** The largest body of a request, in bytes: 8 MiB. */
export const MAX_BODY_BYTES = 8_388_608;

/** `orchestrator.yaml`. Everything has a default; an empty file is valid. */
export const Config = z
  .strictObject({
    models: z
      .strictObject({
        planner: modelName.optional(),
        verifier: modelName.optional().describe('who verifies; without it the planner'),
        max_output_tokens: z.int().min(256).max(200_000).default(16_000),
        concurrency: z.int().min(1).max(1000).default(50).describe('model calls at once, of each worker'),
      })
      .prefault({}),
    routing: Routing.prefault({}),
    providers: z
      .strictObject(
        Object.fromEntries(MODEL_PROVIDERS.map((name) => [name, provider.optional()])) as Record<
          ModelProvider,
          z.ZodOptional<typeof provider>
        >,
      )
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
      .array(
        z
          .string()
          .refine(
            (entry) => !isRelative(entry),
            'a relative path is another file in every folder; give the program by its name or an absolute path',
          ),
      )
      .default([])
      .describe('empty: any command; else programs or exact prefixes'),
    command_env_allowlist: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'))
      .default([])
      .describe('with a command_allowlist: variables that a task may set for its command; empty: none'),
    planner_commands: z
      .enum(['allow', 'deny'])
      .default('deny')
      .describe('whether models and rules may plan commands'),
    sandbox: SandboxConfig.prefault({}).describe(
      'what guards commands, `bash` of agents, checks and setups of repositories, see docs/sandbox.md',
    ),
    tools: z
      .strictObject({
        allow_private_hosts: z
          .array(z.string().regex(/^[^\s/@]+$/, 'a host or host:port, without http:// and path'))
          .default([])
          .describe(
            'hosts that agents over HTTP, MCP servers, webhooks and tools may be reached at although their addresses are private; host or host:port',
          ),
        result_chars: z
          .int()
          .min(1000)
          .max(1_000_000)
          .default(30_000)
          .describe('of a result that an agent reads; all of it is an artifact'),
        approval_expires_seconds: seconds
          .default(86_400)
          .describe('how long a tool call waits for a person before it is denied'),
        safe: z
          .array(ToolPattern)
          .default([...SAFE_TOOLS])
          .describe(
            'tools that agents of a project use without asking, whatever their risk; `always` of an agent goes before',
          ),
        project_approval_expires_seconds: seconds
          .default(300)
          .describe('how long a tool call of a project waits for a person before it is denied'),
      })
      .prefault({}),
    mcp_servers: z
      .record(
        z.string().regex(/^[a-z0-9]([a-z0-9-]{0,29}[a-z0-9])?$/, 'lower case letters, digits and -'),
        McpServerConfig,
      )
      .default({})
      .describe('servers of tools; an agent may use those that its `tools` name'),
    api: z
      .strictObject({
        requests_per_minute: z
          .int()
          .min(1)
          .nullable()
          .default(3000)
          .describe(
            'requests that a key may send, on all API processes together where there is Redis; null: no limit',
          ),
        cors_origins: z
          .array(
            z.string().regex(/^https?:\/\/[^/\s*]+$/, 'scheme, host and port, as in https://app.example.com'),
          )
          .default([])
          .describe('web pages of other origins that may use the API'),
      })
      .prefault({}),
    workflows: z
      .strictObject({
        max_steps: z.int().min(1).max(20).default(4).describe('of a named workflow'),
        max_task_chars: z.int().min(100).max(100_000).default(12_000).describe('of the text of a task'),
        step_timeout_seconds: seconds.default(120).describe('of a step, all its attempts together'),
        named: z
          .record(
            z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, . _ -'),
            NamedWorkflow,
          )
          .default({}),
      })
      .superRefine(({ max_steps, named }, context) => {
        for (const [name, { steps }] of Object.entries(named)) {
          if (steps.length <= max_steps) continue;
          const message = `${steps.length} steps; at most ${max_steps} are allowed (workflows.max_steps)`;
          context.addIssue({ code: 'custom', path: ['named', name, 'steps'], message });
        }
      })
      .prefault({})
      .describe('lists of steps that can be started by name'),
    security: z
      .strictObject({
        workflows: z
          .strictObject({
            max_carry_chars: z
              .int()
              .min(100)
              .max(200_000)
              .default(24_000)
              .describe('of what a step is given from earlier steps; the oldest are dropped first'),
          })
          .prefault({}),
      })
      .prefault({}),
    webhooks: z
      .array(WebhookConfig)
      .max(100)
      .default([])
      .describe('addresses that events of jobs are sent to, according to Standard Webhooks'),
    rate_limits: z
      .record(z.string().regex(RATE_LIMIT_KEY, 'a provider, or provider/model'), RateLimitConfig)
      .default({})
      .describe('of a model, or of each model of a provider that has none of its own'),
    risk_approval: z
      .enum(['execute', 'always'])
      .default('execute')
      .describe(
        'of jobs that came through POST /orchestrate: whether POST /execute in its mode auto approves tasks of medium risk or more, or each waits for a person',
      ),
    repositories: RepositoriesConfig.prefault({}).describe(
      'repositories that jobs may work in; empty: none, see docs/repositories.md',
    ),
    limits: z
      .strictObject({
        max_tasks: z.int().min(1).max(500).default(500),
        max_workers: z.int().min(1).max(1000).default(50),
        max_depth: z
          .int()
          .min(0)
          .max(10)
          .default(3)
          .describe('how deep delegation may go: agents at that depth have no plan_tasks'),
        max_agents: z
          .int()
          .min(1)
          .max(MAX_JOB_AGENTS)
          .default(20)
          .describe('agents of its own that a job may have, with those that its boss creates'),
        body_bytes: z.int().min(1024).max(MAX_BODY_BYTES).default(MAX_BODY_BYTES),
        output_bytes: z
          .int()
          .min(1024)
          .default(262_144)
          .describe('of a command kept as its output; the rest is an artifact'),
        artifact_bytes: z.int().min(1024).default(1_073_741_824),
        max_tokens_per_job: tokens
          .optional()
          .describe(
            'of all model calls of a job, prompts, answers and cached ones; no further call is made once they are used',
          ),
        max_tokens_per_agent: tokens
          .optional()
          .describe('of one attempt, for agents that set no limit themselves; left out: no limit'),
        webhook_timeout_seconds: z
          .number()
          .positive()
          .max(60)
          .default(15)
          .describe('until the answer to a webhook is there'),
        webhook_retry_seconds: z
          .number()
          .positive()
          .max(2_592_000)
          .default(86_400)
          .describe('how long a failing webhook is retried'),
        work_folder_seconds: z
          .number()
          .positive()
          .default(86_400)
          .describe("how long the folder of a job's commands is kept after the job has ended"),
      })
      .prefault({}),
  })
  .meta({ id: 'Config' });
export type Config = z.infer<typeof Config>;

/** Which of its tool calls an agent waits for a person with. `always` goes before `never`, and both before `risks`. */
export const ApprovalPolicy = z.strictObject({
  risks: z.array(ToolRisk).default(['high', 'critical']),
  always: z.array(ToolPattern).default([]),
  never: z.array(ToolPattern).default([]),
});
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

/** How far an agent may go in one attempt. */
export const AgentLimits = z.strictObject({
  max_turns: z.int().min(1).max(10_000).default(50),
  max_tool_calls: z.int().min(0).max(10_000).default(200),
  max_tokens: tokens.optional().describe('of all its model calls; else limits.max_tokens_per_agent'),
});
export type AgentLimits = z.infer<typeof AgentLimits>;

/** Front matter of `agents/<name>.md`; the body is the system prompt. */
export const AgentFrontMatter = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, . _ -'),
  description: z.string().min(1),
  specialty: z.string().optional(),
  capabilities: z.array(z.string()).default([]),
  provider: ProviderName.optional(),
  model: z.string().optional(),
  max_output_tokens: z.int().min(256).max(200_000).optional(),
  tools: z.array(ToolPattern).optional(),
  approval: ApprovalPolicy.prefault({}),
  sla_seconds: seconds
    .optional()
    .describe('working time of an attempt; one that takes longer is stopped and retried, 3 attempts in all'),
  max_concurrency: z.int().min(1).max(1000).optional().describe('tasks of a job that it works on at once'),
  network: NetworkAccess.optional().describe(
    'the most that programs which it starts may reach, in a sandbox; left out: what sandbox.network says',
  ),
  limits: AgentLimits.prefault({}),
});
export type AgentFrontMatter = z.infer<typeof AgentFrontMatter>;

/** What makes an agent of a model: its file, with every default in place. */
export interface LlmAgentSettings
  extends AgentLimits,
    Pick<
      AgentFrontMatter,
      'provider' | 'model' | 'max_output_tokens' | 'approval' | 'sla_seconds' | 'max_concurrency' | 'network'
    > {
  system_prompt: string;
  specialty?: string;
  /** names and patterns of the tools it may use; no others are offered */
  tools: string[];
}

/** An agent of the roster, whatever file it comes from. */
export interface RosterAgent {
  name: string;
  kind: z.infer<typeof AgentKind>;
  description: string;
  capabilities: string[];
  /** llm only */
  llm?: LlmAgentSettings;
  /** http only */
  http?: HttpAgentConfig;
  /** coding only */
  coding?: CodingAgentSettings;
}
