import { isUtf8 } from 'node:buffer';
import type { ReadResourceResult, Resource, ResourceTemplate } from '@modelcontextprotocol/sdk/types.js';
import { ProblemError } from '../../../contracts/error.ts';
import { ID_PATTERN } from '../../../contracts/names.ts';
import { notFound } from '../../errors.ts';
import { readPlan } from '../../jobs/plan.ts';
import { readArtifacts } from '../../jobs/results.ts';
import { readView } from '../../jobs/view.ts';
import { artifactUri, readRecord } from './record.ts';
import { type RequestContext, scopesOf } from './session.ts';

const JSON_TYPE = 'application/json';
/** Largest artifact that is read over MCP; the REST API gives any. */
const MAX_BYTES = 5_000_000;
const LISTED = 20;
const MEMORY_LIMIT = 500;

/** Resources whose addresses have a task's id in them. */
export const RESOURCE_TEMPLATES: readonly ResourceTemplate[] = [
  {
    uriTemplate: 'orchestrator://tasks/{taskId}/status',
    name: 'task status',
    description: 'How a task stands: the record that task_peek gives.',
    mimeType: JSON_TYPE,
  },
  {
    uriTemplate: 'orchestrator://tasks/{taskId}/plan',
    name: 'task plan',
    description: 'The plan that is carried out: its steps, and what depends on what.',
    mimeType: JSON_TYPE,
  },
  {
    uriTemplate: 'orchestrator://tasks/{taskId}/artifacts',
    name: 'task artifacts',
    description: 'What the task left by name, with the address of each.',
    mimeType: JSON_TYPE,
  },
  {
    uriTemplate: 'orchestrator://tasks/{taskId}/artifacts/{artifactId}',
    name: 'artifact',
    description: 'The content of an artifact.',
  },
  {
    uriTemplate: 'orchestrator://memory/{scope}',
    name: 'memory',
    description: 'What is remembered, of scope project or global, with its links.',
    mimeType: JSON_TYPE,
  },
];

/** The memory, and the caller's latest tasks. */
export async function listResources({ deps, caller }: RequestContext): Promise<Resource[]> {
  const jobs = await deps.store.listJobs({ owner: caller.owner, face: 'tasks', limit: LISTED });
  const memory = (['project', 'global'] as const).map((scope) => ({
    uri: `orchestrator://memory/${scope}`,
    name: `memory (${scope})`,
    mimeType: JSON_TYPE,
  }));
  const tasks = jobs.map(({ job_id, title, status }) => ({
    uri: `orchestrator://tasks/${job_id}/status`,
    name: `${job_id}: ${title}`,
    description: status,
    mimeType: JSON_TYPE,
  }));
  return [...memory, ...tasks];
}

/** The content of a resource. Throws `not_found` for an address that names none of the caller's. */
export async function readResource(ctx: RequestContext, uri: string): Promise<ReadResourceResult> {
  const [, kind, id, part, artifact_id] =
    /^orchestrator:\/\/(tasks|memory)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(uri) ?? [];
  if (kind === 'memory' && (id === 'project' || id === 'global') && part === undefined) {
    return json(uri, await memoryOf(ctx, id));
  }
  if (kind !== 'tasks' || id === undefined || !ID_PATTERN.test(id)) notFound(`resource ${uri.slice(0, 200)}`);
  const { deps, caller } = ctx;
  if (part === 'status' && artifact_id === undefined) return json(uri, await readRecord(ctx, id));
  if (part === 'plan' && artifact_id === undefined) return json(uri, await readPlan(deps, caller.sees, id));
  if (part !== 'artifacts') notFound(`resource ${uri.slice(0, 200)}`);
  await readView(deps, caller.sees, id);
  const artifacts = await readArtifacts(deps, caller.sees, id);
  if (artifact_id === undefined) {
    const list = artifacts.map((one) => ({ ...one, uri: artifactUri(id, one.artifact_id) }));
    return json(uri, { artifacts: list });
  }
  const artifact =
    artifacts.find((one) => one.artifact_id === artifact_id) ?? notFound(`artifact ${artifact_id}`);
  if (artifact.size_bytes > MAX_BYTES) {
    const message = `The artifact has ${artifact.size_bytes} bytes, more than the ${MAX_BYTES} that are given here. Read it over REST: /orchestrate/${id}/artifacts/${artifact_id}`;
    throw new ProblemError({ code: 'too_large', message });
  }
  const bytes = await deps.store.getContent(artifact.sha256);
  const mimeType = artifact.media_type;
  const content =
    isUtf8(bytes) && !bytes.includes(0)
      ? { text: bytes.toString('utf8') }
      : { blob: bytes.toString('base64') };
  return { contents: [{ uri, mimeType, ...content }] };
}

async function memoryOf({ deps, caller, session }: RequestContext, scope: 'project' | 'global') {
  const { entries, links } = await deps.store.readMemory({
    owner: caller.owner,
    scopes: [scopesOf(session)[scope]],
    open_only: false,
    limit: MEMORY_LIMIT,
  });
  return {
    scope,
    ...(scope === 'project' ? { project: session.project } : {}),
    entries: entries.map(({ key, value, created_at, updated_at, done_at }) => ({
      key,
      value,
      createdAt: created_at,
      updatedAt: updated_at,
      doneAt: done_at,
    })),
    links: links.map(({ from_key, to_key, relation }) => ({ fromKey: from_key, toKey: to_key, relation })),
  };
}

const json = (uri: string, value: unknown): ReadResourceResult => ({
  contents: [{ uri, mimeType: JSON_TYPE, text: JSON.stringify(value, null, 2) }],
});
