import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { briefFor } from '../../activities/http/brief.ts';
import type { AttemptRequest } from '../../contracts/attempt.ts';
import { Config } from '../../contracts/config.ts';
import { parseAgentAnswer } from '../../contracts/http-agent.ts';
import { planOf } from '../setup/jobs.ts';
import { blocksOf, readPage } from './page.ts';

const blocks = blocksOf(readPage('docs/http-agents.md'));
const marked = (note: string) => blocks.filter((block) => block.note === note).map(({ text }) => text);

it('shows settings that are valid', () => {
  const { text } = blocks.find(({ language }) => language === 'yaml')!;
  expect(Config.safeParse(parse(text)).error).toBeUndefined();
});

it('shows answers that are taken', () => {
  const answers = marked('answer');
  expect(answers).toHaveLength(2);
  for (const text of answers) expect(parseAgentAnswer(JSON.parse(text))).toMatchObject({ ok: true });
});

it('shows the brief with exactly the fields that are sent', () => {
  const shown = JSON.parse(marked('brief')[0]!);
  const [artifact] = shown.artifacts;
  const { name, media_type, size_bytes, sha256, url } = artifact;
  const [task] = planOf([{ task_id: shown.task_id, title: shown.title, agent: 'translator' }]).tasks;
  const request = {
    job_id: shown.job_id,
    owner: shown.owner,
    attempt: 1,
    task: { ...task, description: 'Translate the release notes into German.' },
    criteria: [{ criterion_id: 'links', text: 'Links stay as they are' }],
    previous_failure: null,
    dependencies: [
      {
        task_id: 'draft',
        title: 'Draft',
        status: 'completed',
        output: null,
        artifacts: [
          { artifact_id: url.split('/').at(-1), name, media_type, size_bytes, sha256, task_id: 'draft' },
        ],
      },
    ],
  } as unknown as AttemptRequest;
  const { deadline_at, callback_url } = shown;
  const brief = briefFor(request, { public_url: 'http://127.0.0.1:8080', deadline_at });
  expect({ ...brief, callback_url }).toEqual(shown);
});
