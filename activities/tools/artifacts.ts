import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { type Artifact, GivenMediaType } from '../../contracts/artifact.ts';
import { mediaTypeOf } from '../command/artifacts.ts';
import { firstCharacter, toText, wholeCharacters } from '../command/text.ts';
import type { ToolDeps } from './deps.ts';
import { defineTool, type Tool, type ToolContext, ToolError, type ToolOutput } from './tool.ts';
import { insideFolder } from './workspace/inside.ts';

/** Most bytes that are read at once; a longer result would be cut anyway. */
const READ_BYTES = 25_000;

const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, 'must not contain control characters');

/** Tools that store what a task produces and read what tasks produced. */
export function artifactTools(deps: Pick<ToolDeps, 'store' | 'limits'>): Tool[] {
  return [saveArtifact(deps), readArtifact(deps), readTaskResult(deps)];
}

/**
 * The artifacts that an agent names when it hands in its result: saved before, or files of its folder, which
 * become artifacts. Those of other tasks may be named, and stay theirs. `problems` says of every other name what is
 * wrong with it.
 */
export async function finishArtifacts(
  deps: Pick<ToolDeps, 'store' | 'limits'>,
  names: readonly string[],
  context: ToolContext,
): Promise<{ artifacts: Artifact[]; problems: string[] }> {
  const artifacts: Artifact[] = [];
  const problems: string[] = [];
  for (const name of new Set(names)) {
    const known = findArtifact(name, context);
    if (known && !context.artifacts.includes(known)) continue;
    try {
      artifacts.push(known ?? (await keepFile(deps, { name, path: name }, context)));
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      problems.push(`\`${name}\` is neither a saved artifact nor a file that can be kept: ${error.message}`);
    }
  }
  return { artifacts, problems };
}

function saveArtifact(deps: Pick<ToolDeps, 'store' | 'limits'>): Tool {
  return defineTool({
    name: 'save_artifact',
    description:
      'Keeps a text (content) or a file of your folder (path) as a named artifact of the task, for people and for later tasks. The same name again is a newer version.',
    input: z
      .strictObject({
        name,
        content: z.string().optional(),
        path: z.string().min(1).optional().describe('of a file in your folder'),
        media_type: GivenMediaType.optional().describe('by default derived from the name'),
      })
      .refine((given) => (given.content === undefined) !== (given.path === undefined), {
        message: 'give either content or path',
      }),
    risk: 'low',
    place: 'host',
    async run({ name, content, path, media_type }, context) {
      const file = { name, ...(media_type ? { media_type } : {}) };
      const artifact =
        path === undefined
          ? await keepText(deps, { ...file, content: content ?? '' }, context)
          : await keepFile(deps, { ...file, path }, context);
      const text = `Saved as the artifact \`${name}\` (id ${artifact.artifact_id}, ${artifact.size_bytes} bytes).`;
      return { text, artifacts: [artifact] };
    },
  });
}

function readArtifact({ store }: Pick<ToolDeps, 'store'>): Tool {
  return defineTool({
    name: 'read_artifact',
    description: 'Reads an artifact of this job by its name (the newest of that name) or by its artifact_id.',
    input: z.strictObject({
      name: z.string().min(1).describe('or the artifact_id'),
      offset: z.int().min(0).default(0).describe('byte to begin at'),
      limit: z.int().min(1).max(READ_BYTES).default(READ_BYTES).describe('bytes'),
    }),
    risk: 'low',
    place: 'anywhere',
    async run({ name, offset, limit }, context) {
      const artifact = findArtifact(name, context);
      if (!artifact) {
        const names = [...new Set(readable(context).map((one) => one.name))].join(', ');
        throw new ToolError(
          `There is no artifact \`${name}\` that you may read. ${names ? `There are: ${names}` : 'There are none.'}`,
        );
      }
      return await readPart(store, artifact, offset, limit);
    },
  });
}

async function readPart(
  store: ToolDeps['store'],
  { name, sha256, size_bytes }: Artifact,
  offset: number,
  limit: number,
): Promise<ToolOutput> {
  if (size_bytes === 0) return { text: `\`${name}\` is empty.` };
  if (offset >= size_bytes) throw new ToolError(`\`${name}\` has only ${size_bytes} bytes.`);
  // a few bytes more, to know whether the end cuts a character
  const end = Math.min(size_bytes, offset + limit + 4);
  const bytes = await buffer(await store.openContent(sha256, { start: offset, end: end - 1 }));
  if (bytes.subarray(0, limit).includes(0)) {
    return { text: `\`${name}\` is not text (${size_bytes} bytes).`, is_error: true };
  }
  const from = offset === 0 ? 0 : firstCharacter(bytes);
  const to = wholeCharacters(bytes, Math.min(limit, bytes.length));
  const text = toText(bytes.subarray(from, to));
  const next = offset + to;
  if (next >= size_bytes) return { text };
  return { text: `${text}\n\n[${next} of ${size_bytes} bytes read; go on with offset ${next}]` };
}

function readTaskResult({ store }: Pick<ToolDeps, 'store'>): Tool {
  return defineTool({
    name: 'read_task_result',
    description:
      'Reads the whole result of a task that this task depends on, and the names of its artifacts.',
    input: z.strictObject({ task_id: z.string().min(1) }),
    risk: 'low',
    place: 'anywhere',
    async run({ task_id }, { dependencies }) {
      const found = dependencies.find((dependency) => dependency.task_id === task_id);
      if (!found) {
        const ids = dependencies.map((dependency) => dependency.task_id).join(', ');
        throw new ToolError(
          `This task was not given the result of \`${task_id}\`. ${ids ? `It was given those of: ${ids}` : 'It depends on no task.'}`,
        );
      }
      const { title, status, output, artifacts } = found;
      const { text, data } = output ? await store.readOutput(output) : { text: '', data: null };
      const parts = [`# ${title} (${status})`, text || '(no text)'];
      if (data) parts.push(`Outputs:\n${JSON.stringify(data, null, 2)}`);
      if (artifacts.length > 0) {
        const list = artifacts.map((one) => `- ${one.name} (${one.media_type}, ${one.size_bytes} bytes)`);
        parts.push(`Artifacts:\n${list.join('\n')}`);
      }
      return { text: parts.join('\n\n') };
    },
  });
}

const readable = ({ dependencies, artifacts }: ToolContext): Artifact[] => [
  ...dependencies.flatMap((dependency) => dependency.artifacts),
  ...artifacts,
];

function findArtifact(name: string, context: ToolContext): Artifact | undefined {
  const all = readable(context);
  return all.findLast((one) => one.name === name) ?? all.find((one) => one.artifact_id === name);
}

async function keepText(
  { store, limits }: Pick<ToolDeps, 'store' | 'limits'>,
  { name, content, media_type }: { name: string; content: string; media_type?: string },
  { job_id, task_id }: ToolContext,
): Promise<Artifact> {
  requireSize(Buffer.byteLength(content), limits.artifact_bytes);
  const type = media_type ?? mediaTypeOf(name);
  return await store.artifactOf({ job_id, task_id, name, media_type: type, source: content });
}

async function keepFile(
  { store, limits }: Pick<ToolDeps, 'store' | 'limits'>,
  { name, path, media_type }: { name: string; path: string; media_type?: string },
  context: ToolContext,
): Promise<Artifact> {
  const file = await insideFolder(context, path);
  const stats = await stat(file).catch(() => undefined);
  if (!stats) throw new ToolError(`There is no file ${path} in your folder.`);
  if (!stats.isFile()) throw new ToolError(`${path} is not a file.`);
  requireSize(stats.size, limits.artifact_bytes);
  const { job_id, task_id } = context;
  const type = media_type ?? mediaTypeOf(path);
  return await store.artifactOf({ job_id, task_id, name, media_type: type, source: { path: file } });
}

function requireSize(bytes: number, limit: number): void {
  if (bytes > limit)
    throw new ToolError(`It has ${bytes} bytes, more than the ${limit} that an artifact may have.`);
}
