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
  const token = callback_url.split('/').at(-1);
  const brief = briefFor(request, { public_url: 'http://127.0.0.1:8080', deadline_at, token });
  expect({ ...brief, callback_url }).toEqual(shown);
});

it('shows what the brief of a repository job has besides', () => {
  const shown = JSON.parse(marked('repository')[0]!);
  const [task] = planOf([{ task_id: 'translate', title: 'Translate', agent: 'translator' }]).tasks;
  const { base_sha, put_url } = shown.repository;
  const request = {
    job_id: 'j5hhqy5bdzqolb3qjpyl',
    owner: 'ann',
    attempt: 1,
    task,
    previous_failure: null,
    dependencies: [],
    repository: {
      at: { job_id: 'j5hhqy5bdzqolb3qjpyl', location: '/srv/code/app', base_bundle: 'b', head_bundle: 'h' },
      from_sha: base_sha,
      setup_command: null,
      check_command: null,
    },
  } as unknown as AttemptRequest;
  const token = put_url.split('/').at(-2);
  const at = { public_url: 'http://127.0.0.1:8080', deadline_at: 'later' };
  const briefOf = (of: AttemptRequest, given: string | null) => briefFor(of, { ...at, token: given });
  expect({ repository: briefOf(request, token).repository }).toEqual(shown);
  expect(briefOf(request, null)).not.toHaveProperty('repository');
  const remote = structuredClone(request);
  Object.assign(remote.repository!.at, {
    location: 'https://host/a/b',
    base_bundle: null,
    head_bundle: null,
  });
  remote.repository!.merging = { task_id: 'other', head_sha: 'h2', bundle_ref: 'x' };
  expect(briefOf(remote, token).repository).toMatchObject({
    url: 'https://host/a/b',
    base_bundle_url: null,
    bundle_url: null,
    merging: { task_id: 'other', head_sha: 'h2', bundle_url: `${put_url}?task_id=other` },
  });
});
