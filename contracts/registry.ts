import { z } from 'zod';
import { AgentKind } from './agent.ts';
import { CodingBilling, CodingDriver, CodingPermissions } from './coding.ts';
import { MAIN_QUEUE, MODEL_QUEUE, WEBHOOK_QUEUE } from './names.ts';

/** An agent without a heartbeat for this many seconds is offline. */
export const HEARTBEAT_SECONDS = 60;

const text = (max: number) => z.string().trim().min(1, 'must not be empty').max(max);

/** The id of a registered agent: the name by which tasks ask for it. */
export const AgentId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'use 1 to 64 letters, digits, . _ - and begin with a letter or digit',
  );

/** Something that an agent can do. Tasks are matched by its name and its tags. */
export const Capability = z
  .object({
    name: text(64),
    description: z.string().max(2000).default(''),
    parameters: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('what it takes, as the agent describes it'),
    cost_estimate: z
      .union([z.number().nonnegative(), z.string().max(200), z.record(z.string(), z.unknown())])
      .nullable()
      .default(null)
      .describe('as the agent states it; shown, but not used in calculations'),
    tags: z.array(text(64)).max(50).default([]),
  })
  .meta({ id: 'Capability' });
export type Capability = z.infer<typeof Capability>;

/** Queues of the service itself: an agent on one of them would take its work. */
const isOwnQueue = (queue: string): boolean =>
  [MAIN_QUEUE, MODEL_QUEUE, WEBHOOK_QUEUE].includes(queue) ||
  queue.startsWith('host-') ||
  queue.startsWith('/_sys/');

/** Body of `POST /agents`. Fields that are not known are passed over. */
export const AgentRegistration = z
  .object({
    agent_id: AgentId,
    agent_name: text(200),
    domain: text(100).nullable().default(null),
    base_url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional()
      .describe('where briefs are posted; or `task_queue`'),
    task_queue: text(200)
      .refine((queue) => !isOwnQueue(queue), 'is a queue of the service itself; choose another name')
      .optional()
      .describe('of the Temporal worker that is the agent, and of no other owner; or `base_url`'),
    capabilities: z.array(Capability).max(100).default([]),
    sla_seconds: z
      .number()
      .positive()
      .max(2_592_000)
      .nullable()
      .default(null)
      .describe('longest time of one attempt'),
    max_concurrency: z
      .int()
      .min(1)
      .max(1000)
      .nullable()
      .default(null)
      .describe('tasks at once; null: no limit'),
    heartbeat_seconds: z
      .number()
      .min(1)
      .max(3600)
      .default(HEARTBEAT_SECONDS)
      .describe('with task_queue: an activity that is silent for this long has lost its worker'),
  })
  .superRefine(({ base_url, task_queue }, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (base_url === undefined && task_queue === undefined) wrong('base_url', 'is required, or task_queue');
    if (base_url !== undefined && task_queue !== undefined) {
      wrong('task_queue', 'goes without base_url: give one of them');
    }
  })
  .meta({ id: 'AgentRegistration' });
export type AgentRegistration = z.infer<typeof AgentRegistration>;

/** Whether an agent can be given work now, as far as anybody knows. */
export const AgentHealth = z.enum(['online', 'offline']).meta({ id: 'AgentHealth' });
export type AgentHealth = z.infer<typeof AgentHealth>;

/** What matching looks at besides tags. */
export interface Availability {
  health: AgentHealth;
  /** tasks that it works on */
  load: number;
  /** null: no limit */
  max_concurrency: number | null;
  sla_seconds: number | null;
}

/** An agent as it was registered, and how it is. It serves the jobs of its owner. */
export interface RegisteredAgent extends Availability {
  agent_id: string;
  agent_name: string;
  owner: string;
  domain: string | null;
  base_url: string | null;
  task_queue: string | null;
  /** null: registered before there was such a thing */
  heartbeat_seconds: number | null;
  capabilities: Capability[];
  registered_at: string;
  heartbeat_at: string;
}

/** Where a registered agent takes a task, and what holds its place there; part of an attempt. */
export interface AgentTarget {
  base_url: string | null;
  task_queue: string | null;
  sla_seconds: number | null;
  /** how long an activity on its own queue may be silent; left out: as long as it takes */
  heartbeat_seconds?: number | null;
  lease_id: string;
}

/** A task that waits for an agent. */
export interface WaitingTask {
  job_id: string;
  task_id: string;
  owner: string;
  /** by name; null: by capabilities */
  agent: string | null;
  capabilities: string[];
}

/** A line of `GET /agents`. */
export const AgentView = z
  .object({
    agent_id: z.string().describe('the name by which tasks ask for it'),
    name: z.string(),
    kind: AgentKind,
    description: z.string(),
    owner: z.string().nullable().describe("whose jobs it serves; null: everybody's"),
    domain: z.string().nullable(),
    skills: z.array(z.string()).describe('names and tags of its capabilities: what tasks are matched by'),
    capabilities: z.array(Capability),
    health: AgentHealth,
    load: z
      .int()
      .nonnegative()
      .describe(
        "tasks that it works on: everybody's, or of an agent of the configuration those of your jobs",
      ),
    max_concurrency: z.int().nullable(),
    sla_seconds: z.number().nullable(),
    assistant: z
      .object({
        driver: CodingDriver,
        path: z.string().nullable().describe('its program where the API runs; null: it is not there'),
        version: z.string().nullable().describe('null: it does not say, or has not yet'),
        access: z
          .enum(['key', 'login', 'unknown'])
          .nullable()
          .describe('what lets it in, as far as can be told without asking it; null: nothing does'),
        billing: CodingBilling,
        permissions: CodingPermissions,
      })
      .optional()
      .describe('of a coding assistant'),
    registered: z.boolean().describe('false: it comes from the configuration'),
    last_heartbeat_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Agent' });
export type AgentView = z.infer<typeof AgentView>;

/** What an agent is matched by: the names and tags of its capabilities, each once. */
export const skillsOf = (capabilities: readonly Pick<Capability, 'name' | 'tags'>[]): string[] => [
  ...new Set(capabilities.flatMap(({ name, tags }) => [name, ...tags])),
];
