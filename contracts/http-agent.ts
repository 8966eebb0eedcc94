import { z } from 'zod';
import { GivenMediaType } from './artifact.ts';
import type { FieldIssue } from './error.ts';
import { fieldIssues } from './error.ts';

/**
 * What an agent is told of the repository that it works in. The addresses need no key, and hold until the agent has
 * answered. Bundles are git's: `git fetch FILE 'refs/heads/*:refs/remotes/job/*'`.
 */
export interface BriefRepository {
  /** of a remote repository; null: `base_bundle_url` has the base with its history */
  url: string | null;
  /** the commit to start from */
  base_sha: string;
  /** of its work, as others see it */
  branch: string;
  /** the base of the job, or what `url` does not have of it; null: `url` has all of it */
  base_bundle_url: string | null;
  /** what has landed in the job since; null: nothing had, `base_sha` is the base */
  bundle_url: string | null;
  /** where a bundle of `base_sha..` is put, before the answer */
  put_url: string;
  /** work that conflicts with `base_sha` and is to be merged with it */
  merging?: { task_id: string; head_sha: string; bundle_url: string | null };
}

/** What is posted to an agent over HTTP: enough to begin; the rest is at `context_url`. */
export interface AgentBrief {
  job_id: string;
  /** whose job it is */
  owner: string;
  /** of a job that came through agent brokerage: the client's id of the job */
  task_id: string;
  /** of such a job, the task */
  subtask_id?: string;
  attempt: number;
  title: string;
  description: string;
  /** what the task was given: the job's brief and its dependencies' results */
  context_url: string;
  /** artifacts of the tasks that this one depends on */
  artifacts: { name: string; media_type: string; size_bytes: number; sha256: string; url: string }[];
  /** of a repository job */
  repository?: BriefRepository;
  /** one-time address for an answer given later (after a 202) */
  callback_url: string;
  /** ISO-8601 UTC; the attempt fails when it has no answer by then */
  deadline_at: string;
}

const AgentArtifact = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(255)
      .regex(/^\P{Cc}+$/u, 'must not contain control characters'),
    media_type: GivenMediaType.optional(),
    content: z.string().optional().describe('text'),
    content_base64: z.base64().optional().describe('bytes'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional()
      .describe('kept as a link; not fetched'),
  })
  .refine(
    (artifact) =>
      [artifact.content, artifact.content_base64, artifact.url].filter((part) => part !== undefined)
        .length === 1,
    'give exactly one of content, content_base64 and url',
  );
export type AgentArtifact = z.infer<typeof AgentArtifact>;

/** What an agent over HTTP answers, at once with 200 or later at its callback address. */
export const AgentAnswer = z
  .strictObject({
    output: z.string().default(''),
    outputs: z.record(z.string(), z.unknown()).optional(),
    artifacts: z.array(AgentArtifact).max(100).default([]),
    error: z
      .strictObject({
        code: z.string().min(1).max(100).default('agent_failed'),
        message: z.string().min(1).max(20_000),
        retryable: z.boolean().default(true),
      })
      .optional()
      .describe('the agent could not do it; the attempt fails with this'),
  })
  .meta({ id: 'AgentAnswer' });
export type AgentAnswer = z.infer<typeof AgentAnswer>;

/** Reads an agent's answer; every mistake by field when it is none. Does not throw. */
export function parseAgentAnswer(
  body: unknown,
): { ok: true; answer: AgentAnswer } | { ok: false; fields: FieldIssue[] } {
  const parsed = AgentAnswer.safeParse(body);
  return parsed.success
    ? { ok: true, answer: parsed.data }
    : { ok: false, fields: fieldIssues(parsed.error) };
}
