import type { Artifact, DependencyResult, TaskOutput } from '../../contracts/artifact.ts';
import type { JobBrief } from '../../contracts/attempt.ts';
import { artifactOf, readOutput, toOutput } from '../../store/content/artifacts.ts';
import type { Contents } from '../../store/content/contents.ts';
import type { Activities } from '../types.ts';

type ReportInput = Parameters<Activities['assembleReport']>[0];

/** Characters of one task's output that the report shows. */
const SHOWN_CHARS = 4000;

/**
 * Puts a report together from the results of a job, without a model, and stores it as `report.md`.
 * Long outputs are cut; what the task left as artifacts is linked.
 */
export async function assembleReport(
  input: ReportInput,
  contents: Contents,
): Promise<{ output: TaskOutput; artifact: Artifact }> {
  const { job_id, results } = input;
  const brief: JobBrief = JSON.parse((await contents.getContent(input.brief_ref)).toString('utf8'));
  const sections: string[] = [];
  for (const result of results) sections.push(await taskSection(result, job_id, contents));
  const text = [
    `# ${oneLine(brief.title)}`,
    'Assembled from the results of the tasks. No model wrote or checked this report.',
    listSection('Objectives', input.plan.objectives),
    overview(results),
    ...sections,
    artifactSection(results),
    listSection(
      'Acceptance criteria (judged after this report: see the job itself)',
      input.plan.acceptance_criteria.map(({ criterion_id, text }) => `\`${criterion_id}\` ${oneLine(text)}`),
    ),
  ];
  const report = `${text.filter(Boolean).join('\n\n')}\n`;
  const artifact = await artifactOf(contents, {
    job_id,
    task_id: null,
    name: 'report.md',
    media_type: 'text/markdown',
    source: report,
  });
  return { output: await toOutput(contents, { job_id, text: report }), artifact };
}

function overview(results: readonly DependencyResult[]): string {
  if (results.length === 0) return '## Tasks\n\nThere were no tasks.';
  const rows = results.map(({ task_id, title, status }) => `| \`${task_id}\` | ${cell(title)} | ${status} |`);
  return ['## Tasks\n', '| task | title | status |', '|---|---|---|', ...rows].join('\n');
}

async function taskSection(result: DependencyResult, job_id: string, contents: Contents): Promise<string> {
  const { task_id, title, status, output, artifacts } = result;
  const parts = [`## ${oneLine(title)}`, `Task \`${task_id}\`: ${status}.`];
  if (output) {
    const { text, data } = await readOutput(contents, output);
    const whole = text.trim() || (data ? JSON.stringify(data, null, 2) : '');
    parts.push(whole ? fence(whole.slice(0, SHOWN_CHARS).toWellFormed()) : 'It gave no output.');
    if (whole.length > SHOWN_CHARS) {
      parts.push(
        `Cut after ${SHOWN_CHARS} of ${whole.length} characters; see the task's artifacts for what it left in full.`,
      );
    }
  }
  if (artifacts.length > 0) {
    parts.push(`Artifacts: ${artifacts.map((artifact) => artifactLink(artifact, job_id)).join(', ')}`);
  }
  return parts.join('\n\n');
}

function artifactSection(results: readonly DependencyResult[]): string {
  const all = results.flatMap(({ artifacts }) => artifacts);
  return listSection(
    'Artifacts',
    all.map(
      ({ name, media_type, size_bytes, task_id }) =>
        `${oneLine(name)} (${media_type}, ${size_bytes} bytes, task \`${task_id}\`)`,
    ),
  );
}

function listSection(title: string, lines: readonly string[]): string {
  return lines.length > 0 ? `## ${title}\n\n${lines.map((line) => `- ${oneLine(line)}`).join('\n')}` : '';
}

function artifactLink({ name, artifact_id }: Artifact, job_id: string): string {
  return `[${oneLine(name).replace(/[[\]]/g, '\\$&')}](/orchestrate/${job_id}/artifacts/${artifact_id})`;
}

/** As text that Markdown leaves alone, whatever it holds. */
function fence(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}text\n${text}\n${marks}`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
const cell = (text: string): string => oneLine(text).replaceAll('|', '\\|');
