import { mkdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { deliverWork } from '../../activities/repository/deliver/deliver.ts';
import type { DeliverInput } from '../../contracts/repository/work.ts';
import { startHttpGit } from '../fakes/git-servers.ts';
import { type GithubPull, startGithub } from '../fakes/github.ts';
import { type GitlabRequest, startGitlab } from '../fakes/gitlab.ts';
import { afterwards, BRANCH, depsOf, inputOf, never, scene, sh, storyOf } from './deliver-setup.ts';

const TOKEN = 'tok_3nTerSesameOpen';

const hosts = {
  github: { project: 'o/r', path: '', start: startGithub, page: 'https://github.test/o/r/pull/' },
  gitlab: {
    project: 'group/sub.group/r',
    path: '/api/v4',
    start: startGitlab,
    page: 'https://gitlab.test/group/sub.group/r/-/merge_requests/',
  },
};

describe.each(['github', 'gitlab'] as const)('at %s', (api) => {
  /** A job's mirror, the repository at the host over real git, and a fake of the host's API. */
  async function setting(changed: { api_seconds?: number } = {}) {
    const at = scene();
    const { project, path, start, page } = hosts[api];
    const remote = join(at.root, `${project}.git`);
    mkdirSync(dirname(remote), { recursive: true });
    sh(at.root, 'clone', '-q', '--bare', at.source, remote);
    sh(remote, 'config', 'http.receivepack', 'true');
    const head_of = (branch: string) => {
      try {
        return sh(remote, 'rev-parse', '--verify', '-q', `refs/heads/${branch}`);
      } catch {
        return undefined;
      }
    };
    const fake = await start({ token: TOKEN, project, head_of });
    const git = await startHttpGit({ root: at.root, token: TOKEN });
    afterwards(() => Promise.all([fake.close(), git.close()]));
    const entry = { api, api_url: `${fake.url}${path}`, token_env: 'HOST_TOKEN', allow_push: true };
    const deps = { ...depsOf(at, { hosts: { [git.host]: entry } }, { HOST_TOKEN: TOKEN }), ...changed };
    const location = `${git.url}/${project}.git`;
    const deliver = (input: Partial<DeliverInput> = {}, head_sha = at.head_sha) =>
      deliverWork(deps, { ...inputOf({ ...at, head_sha }, location, 'pull_request'), ...input }, never);
    const opened = (number: number) => ({
      ok: true,
      delivered: { kind: 'pull_request', ref: BRANCH, pull_request: `${page}${number}` },
    });
    const failed = (message: RegExp, retryable: boolean) => ({
      ok: false,
      retryable,
      message: expect.stringMatching(message),
    });
    return { at, fake, git, remote, deliver, opened, failed };
  }
  const texts = (request: GithubPull | GitlabRequest): [string, string] => [
    request.title,
    /^> (.*?) *$/m.exec('body' in request ? request.body : request.description)?.[1] ?? '',
  ];

  test('a pull request is opened for the pushed branch, and a repetition gives it its new text', async () => {
    const { at, fake, remote, deliver, opened } = await setting();
    expect(await deliver()).toEqual(opened(1));
    expect(sh(remote, 'rev-parse', BRANCH)).toBe(at.head_sha);
    expect(texts(fake.requests[0]!)).toEqual(['Add b', 'What was done']);
    expect(await deliver({ story: storyOf('Add b and c', 'More') }, at.land('c.txt', at.head_sha))).toEqual(
      opened(1),
    );
    expect(fake.requests.map(texts)).toEqual([['Add b and c', 'More']]);
    fake.assertDone();
  });

  test('an answer that was lost leads to one pull request', async () => {
    const { fake, deliver, opened, failed } = await setting();
    const lost = (response: ServerResponse) => response.destroy();
    fake.next({ status: 200, body: [] }, lost);
    expect(await deliver()).toEqual(
      failed(/was pushed, but no pull request could be opened.*can't be reached/, true),
    );
    expect(await deliver()).toEqual(opened(1));
    // as if the list did not have it yet
    fake.next({ status: 200, body: [] });
    expect(await deliver({ story: storyOf('Again') })).toEqual(opened(1));
    expect(fake.requests.map(texts)).toEqual([['Again', 'What was done']]);
    fake.assertDone();
  });

  test('one that somebody closed stays closed, until there is more to merge', async () => {
    const { at, fake, deliver, opened } = await setting();
    await deliver();
    fake.requests[0]!.state = 'closed';
    expect(await deliver({ story: storyOf('Again') })).toEqual(opened(1));
    expect(fake.requests.map(texts)).toEqual([['Add b', 'What was done']]);
    Object.assign(
      fake.requests[0]!,
      api === 'github' ? { head: { ref: 'gone', sha: at.head_sha, repo: null } } : {},
    );
    expect(await deliver({}, at.land('c.txt', at.head_sha))).toEqual(opened(2));
    fake.assertDone();
  });

  test('the request of a fork with a branch of the same name is not touched', async () => {
    const { fake, deliver, opened } = await setting();
    await deliver();
    const theirs = fake.requests[0]!;
    if ('head' in theirs) theirs.head.repo = { full_name: 'o/fork' };
    else theirs.source_project_id = 8;
    theirs.title = 'Theirs';
    // GitHub names an owner, who has at most one repository of a network: the fake would find none of another's
    if ('head' in theirs) fake.next({ status: 200, body: [theirs] });
    if ('head' in theirs) theirs.state = 'closed';
    expect(await deliver()).toEqual(opened(2));
    expect(theirs.title).toBe('Theirs');
    fake.assertDone();
  });

  test('a title of agents is one line, closes nothing, and is not too long', async () => {
    const { fake, deliver, opened } = await setting();
    expect(await deliver({ story: storyOf(`Fixes #1 for @ann\n${'x'.repeat(500)}`) })).toEqual(opened(1));
    const [title] = texts(fake.requests[0]!);
    expect(title).not.toMatch(/fixes|#1|@ann|\n/i);
    expect(title.replaceAll('\u2060', '')).toMatch(/^Fixes #1 for @ann x+…$/);
    fake.assertDone();
  });

  test('a token that is not taken, or has no right, is told by the entry that names it', async () => {
    const { fake, deliver, failed } = await setting();
    // cut in the middle of the token, if it were still there
    const message = `no, not with ${TOKEN} ${'x'.repeat(475)} ${TOKEN}`;
    for (const [status, words, again] of [
      [401, /does not take the token that token_env/, false],
      [403, /give it the right to read and write pull requests/, false],
      [404, /has no such repository, or none that the token may see/, false],
      [422, /does not take the pull request \(422\)\. It says: no, not with/, false],
      [429, /is asked too often/, true],
      [502, /has a fault of its own/, true],
    ] as const) {
      fake.next({ status, body: { message } });
      const result = await deliver();
      expect(result).toEqual(failed(words, again));
      expect(JSON.stringify(result)).not.toContain(TOKEN.slice(0, 6));
    }
    fake.assertDone();
  });

  test('a redirect is not followed', async () => {
    const { at, fake, git, deliver, failed } = await setting();
    await deliver();
    const before = git.requests.length;
    for (const status of [301, 302, 307]) {
      fake.next((response) => response.writeHead(status, { location: `${git.url}/stolen` }).end());
      const result = await deliver({}, at.head_sha);
      expect(result).toEqual(failed(/Redirects are not followed/, false));
    }
    expect(git.requests.slice(before).filter(({ line }) => line.includes('stolen'))).toEqual([]);
  });

  test('answers without end, of hostile size, shape or depth are refused, and a silent host is given up', async () => {
    const { fake, deliver, failed } = await setting({ api_seconds: 2 });
    const json = { 'content-type': 'application/json' };
    const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2, ' '));
    const answers: [(response: ServerResponse) => void, RegExp][] = [
      [(response) => void endless(response.writeHead(200, json)), /answered more than 8388608 bytes/],
      [
        (response) => void response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb),
        /answered more than 8388608 bytes/,
      ],
      [
        (response) => void response.writeHead(200, json).end('[{"number":1}]'),
        /answered something that is no pull request/,
      ],
      [
        (response) => void response.writeHead(200, json).end('<html>'),
        /answered something that is no pull request/,
      ],
      [
        (response) => void response.writeHead(200, json).end('['.repeat(100_000)),
        /answered something that is no pull request/,
      ],
      [(response) => void response.writeHead(204).end(), /answered something that is no pull request/],
    ];
    for (const [answer, words] of answers) {
      fake.next(answer);
      expect(await deliver()).toEqual(failed(words, false));
    }
    fake.next(() => undefined);
    expect(await deliver()).toEqual(failed(/did not answer within 2 s/, true));
    fake.assertDone();
  });

  test('an address that is no page is not passed on', async () => {
    const { at, fake, deliver, failed } = await setting();
    await deliver();
    const wrong = { html_url: 'javascript:alert(1)', web_url: 'javascript:alert(1)' };
    fake.next({ status: 200, body: [{ ...fake.requests[0], ...wrong }] });
    expect(await deliver({}, at.head_sha)).toEqual(failed(/no pull request/, false));
  });

  test('nothing to merge is told without a push', async () => {
    const { at, git, deliver, failed } = await setting();
    expect(await deliver({}, at.base_sha)).toEqual(failed(/nothing was changed/, false));
    expect(git.requests).toEqual([]);
  });
});

/** Writes until the other side has had enough. */
function endless(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(65_536))) {}
  };
  response.on('drain', more).on('error', () => undefined);
  more();
}
