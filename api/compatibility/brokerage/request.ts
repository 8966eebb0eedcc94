import { createHash } from 'node:crypto';
import { type Problem, ProblemError } from '../../../contracts/error.ts';
import type { RepositoriesConfig } from '../../../contracts/repository/config.ts';
import type { JobSpec } from '../../../contracts/spec.ts';
import { checkSubmission } from '../../../core/submission/submission.ts';
import { newJobId } from '../../request/ids.ts';
import { bodyHash } from '../../request/json.ts';
import type { Request } from './shapes.ts';

/** The job of a client's id: keyed by it within the owner. No Idempotency-Key can name the same one. */
export const jobIdOf = (owner: string, task_id: string): string => newJobId(owner, `\0brokerage\0${task_id}`);

/** The job that a request asks for. Throws `validation`. */
export function toSpec(
  request: Request,
  snapshot: Parameters<typeof checkSubmission>[1],
  repositories: RepositoriesConfig,
): JobSpec {
  const { task_id, title, description, priority } = request;
  // agents have no business with the address
  const { webhook, ...metadata } = request.metadata;
  const rest = {
    ...(Object.keys(metadata).length > 0 ? { context: metadata } : {}),
    ...(webhook === undefined ? {} : { webhook }),
    ...(repositories.from_metadata === 'allow' ? repositoryOf(metadata.repository) : {}),
  };
  const checked = checkSubmission({ title, description, priority, ...rest }, snapshot, repositories);
  if (!checked.ok) throw new ProblemError(inWordsOfMetadata(checked.problem, metadata.repository));
  const { sla_seconds, due_date } = metadata;
  return {
    ...checked.spec,
    ...(sla_seconds === undefined ? {} : { sla_seconds }),
    brokered: { task_id, due_at: due_date === undefined ? null : dueAt(due_date) },
  };
}

/** What a client should know of its request. */
export const remarksOn = (
  { metadata }: Request,
  { from_metadata }: Pick<RepositoriesConfig, 'from_metadata'>,
): string[] =>
  metadata.repository === undefined || from_metadata === 'allow'
    ? []
    : ['metadata.repository is passed on to the agents; it does not make this a repository job'];

type Repository = Request['metadata']['repository'];

const repositoryOf = (repository: Repository): { repository?: string; base_branch?: string } => {
  if (repository === undefined) return {};
  if (typeof repository === 'string') return { repository };
  const { url, base_branch } = repository;
  return { repository: url, ...(base_branch === undefined ? {} : { base_branch }) };
};

/** The fields of a submission where this API has them. */
function inWordsOfMetadata(problem: Problem, repository: Repository): Problem {
  const names: Record<string, string> = {
    repository: typeof repository === 'string' ? 'metadata.repository' : 'metadata.repository.url',
    base_branch: 'metadata.repository.base_branch',
  };
  const fields = problem.fields?.map(({ path, issue }) => ({ path: names[path] ?? path, issue }));
  return { ...problem, ...(fields ? { fields } : {}) };
}

const dueAt = (date: string): string =>
  /^\d{4}-\d{2}-\d{2}$/.test(date) ? `${date}T23:59:59.999Z` : new Date(date).toISOString();

/** Fields of `metadata` that are compared one by one; the others as one. */
const NAMED = ['repository', 'requester', 'due_date', 'context', 'sla_seconds'];

/** A hash of each field of a request, as one text: what the job keeps of it, by which a repetition is compared. */
export function hashesOf({ title, description, priority, metadata }: Request): string {
  const rest = Object.fromEntries(Object.entries(metadata).filter(([name]) => !NAMED.includes(name)));
  const parts = {
    ...{ title, description, priority },
    ...Object.fromEntries(NAMED.map((name) => [`metadata.${name}`, metadata[name] ?? null])),
    metadata: rest,
  };
  return Object.entries(parts)
    .map(([name, value]) => `${name}=${shortHash(value)}`)
    .join(';');
}

/** In which fields a request differs from the one before it under the same id. */
export function differences(before: string, now: string): string[] {
  const [old, current] = [before, now].map(
    (text) => new Map(text.split(';').map((part) => part.split('=') as [string, string])),
  );
  return [...current!.keys()].filter((name) => old!.get(name) !== current!.get(name));
}

const shortHash = (value: unknown): string =>
  createHash('sha256').update(bodyHash(value)).digest('hex').slice(0, 12);
