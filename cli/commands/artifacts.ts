import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Command } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { style } from '../output.ts';
import { bytes, oneLine, table } from '../view/text.ts';

/** `orchestrator artifacts list` and `get` */
export function artifactCommands(program: Command): void {
  const artifacts = program.command('artifacts').description("the artifacts of a job's tasks");
  artifacts
    .command('list', { isDefault: true })
    .description('list the artifacts of a job')
    .argument('<job>', 'id of the job')
    .action(
      action(async (context, [job]) => {
        const found = await listArtifacts(context, job!);
        context.out.data({ artifacts: found });
        context.out.print(found.length === 0 ? 'There are no artifacts.' : artifactTable(found).join('\n'));
      }),
    );
  artifacts
    .command('get')
    .description('print an artifact, or write it to a file')
    .argument('<job>', 'id of the job')
    .argument('<artifact>', 'its id or name, or task/name if several have that name')
    .option('-o, --output <file>', 'where to write it; default: stdout')
    .addHelpText('after', `\nExample:\n  ${CLI} artifacts get j-1a2b3c report.md -o report.md`)
    .action(
      action<{ output?: string }>(async (context, [job, name], { output }) => {
        const artifact = pick(await listArtifacts(context, job!), name!);
        const path = { job_id: job!, artifact_id: artifact.artifact_id };
        const body = await dataOf(
          context.api.GET('/orchestrate/{job_id}/artifacts/{artifact_id}', {
            params: { path },
            parseAs: 'stream',
          }),
        );
        const content = Readable.fromWeb(body as NodeReadableStream<Uint8Array>);
        if (output === undefined) {
          await pipeline(content, process.stdout, { end: false });
          return;
        }
        await write(content, output);
        context.out.data({ ...artifact, file: output });
        context.out.print(`${output}: ${bytes(artifact.size_bytes)}, ${oneLine(artifact.media_type, 60)}`);
      }),
    );
}

/** The artifacts of a job, oldest first. */
export async function listArtifacts({ api }: Context, job_id: string): Promise<Schemas['Artifact'][]> {
  return (await dataOf(api.GET('/orchestrate/{job_id}/artifacts', { params: { path: { job_id } } })))
    .artifacts;
}

/** Artifacts as lines. */
export function artifactTable(artifacts: Schemas['Artifact'][]): string[] {
  const head = ['ARTIFACT', 'TASK', 'NAME', 'SIZE', 'TYPE'].map((text) => style('dim', text));
  const rows = artifacts.map(({ artifact_id, task_id, name, size_bytes, media_type }) => [
    artifact_id,
    task_id ?? '-',
    oneLine(name, 60),
    bytes(size_bytes),
    oneLine(media_type, 60),
  ]);
  return table([head, ...rows]);
}

/** The one that is meant: by id, by name, by task and name. The latest of several attempts of a task. */
function pick(artifacts: Schemas['Artifact'][], name: string): Schemas['Artifact'] {
  const byId = artifacts.find((artifact) => artifact.artifact_id === name);
  if (byId) return byId;
  const named = artifacts.filter(
    (artifact) => artifact.name === name || `${artifact.task_id}/${artifact.name}` === name,
  );
  const tasks = new Set(named.map((artifact) => artifact.task_id));
  if (tasks.size > 1) {
    const choices = [...tasks].map((task) => `${task ?? '-'}/${name}`).join(', ');
    throw new CliError(`Several tasks left a ${name}: say ${choices}.`, EXIT.conflict, 'conflict');
  }
  const found = named.at(-1);
  if (!found) throw new CliError(`The job has no artifact ${name}.`, EXIT.not_found, 'not_found');
  return found;
}

async function write(content: Readable, file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await pipeline(content, createWriteStream(file));
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new CliError(`${file} can't be written: ${error.message}`);
    throw error;
  }
}
