import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git } from '../../activities/repository/git/git.ts';
import { fetchHeads } from '../../activities/repository/mirror/fetch-heads.ts';
import { remoteAccess } from '../../activities/repository/remote/access.ts';
import { repositoryAt } from '../../activities/repository/remote/path.ts';
import { remoteProblem } from '../../activities/repository/remote/problem.ts';
import { RepositoriesConfig } from '../../contracts/repository/config.ts';
import { parseLocation } from '../../core/repository/location.ts';
import { startHttpGit } from '../fakes/git-servers.ts';
import { afterwards, never, scene, sh, tempFolder } from './deliver-setup.ts';

const TOKEN = 'tok_3nTerSesameOpen';

describe('where a repository is', () => {
  test.each([
    ['/srv/repos/a b', { kind: 'path', path: '/srv/repos/a b' }],
    [
      'https://GitHub.com/o/r.git',
      { kind: 'https', url: 'https://github.com/o/r.git', host: 'github.com', project: 'o/r' },
    ],
    [
      'https://git.test:443/o/r/',
      { kind: 'https', url: 'https://git.test/o/r/', host: 'git.test', project: 'o/r' },
    ],
    [
      'https://git.test:8443/g/s.s/r',
      { kind: 'https', url: 'https://git.test:8443/g/s.s/r', host: 'git.test:8443', project: 'g/s.s/r' },
    ],
    [
      'http://127.0.0.1:80/o/.r',
      { kind: 'https', url: 'http://127.0.0.1/o/.r', host: '127.0.0.1', project: 'o/.r' },
    ],
    [
      'ssh://git@git.test:2222/~ann/r.git',
      { kind: 'ssh', url: 'ssh://git@git.test:2222/~ann/r.git', host: 'git.test:2222', project: '~ann/r' },
    ],
    ['ssh://Git.test:22/o/r', { kind: 'ssh', url: 'ssh://git.test/o/r', host: 'git.test', project: 'o/r' }],
    ['git@git.test:o/r.git', { kind: 'ssh', url: 'git@git.test:o/r.git', host: 'git.test', project: 'o/r' }],
    [
      'git@git.test:/srv/o/r',
      { kind: 'ssh', url: 'git@git.test:/srv/o/r', host: 'git.test', project: 'srv/o/r' },
    ],
  ])('%s is read', (text, location) => {
    expect(parseLocation(text)).toEqual(location);
  });

  test.each([
    'relative/path',
    './-x',
    '-oProxyCommand=touch x',
    '--upload-pack=touch x',
    'ext::sh -c "touch x"',
    'fd::17/x',
    'file:///srv/repos/a',
    'git://git.test/o/r',
    'ftp://git.test/o/r',
    'http://git.test/o/r',
    'http://127.0.0.1.evil.test/o/r',
    'http::https://git.test/o/r',
    'https://user:pass@git.test/o/r',
    'https://token@git.test/o/r',
    'https://@git.test/o/r',
    'https://git.test',
    'https://git.test/',
    'https://git.test/o/../r',
    'https://git.test/o/%2e%2e/r',
    'https://git.test/o//r',
    'https://git.test/o/r?x=1',
    'https://git.test/o/r#x',
    'https://git.test\\@evil.test/o/r',
    'https://git.test/o/-r',
    'https://git.test:0/o/r',
    'https://git.test:99999/o/r',
    'https://git.test/o/r\n',
    'https://git.test/o/r\u0000',
    'https://gіt.test/o/r',
    'ssh://-oProxyCommand=x/o/r',
    'ssh://git@-oProxyCommand=x/o/r',
    'ssh://-x@git.test/o/r',
    'ssh://git:pass@git.test/o/r',
    'git@-oProxyCommand=x:o/r',
    '-x@git.test:o/r',
    'git@git.test:-x',
    'git@git.test:',
    'git.test:o/r',
    'git@git.test:o/r;touch x',
    "git@git.test:o/'r",
    'C:\\repos\\a',
    '',
    `https://git.test/${'a'.repeat(100_000)}/\u0000`,
  ])('%j is refused', (text) => {
    expect(parseLocation(text)).toEqual({ problem: expect.stringMatching(/^must /) });
  });
});

describe('a repository at a path', () => {
  test('is found below a root by its real path, bare, with a work tree, or linked', () => {
    const { root, source, bare } = scene();
    const link = join(root, 'link');
    symlinkSync(source, link);
    const tree = join(root, 'tree');
    sh(source, 'worktree', 'add', '-q', '-b', 'side', tree);
    expect(repositoryAt([root], source)).toEqual({ path: source, git_dir: join(source, '.git') });
    expect(repositoryAt([root], link)).toEqual({ path: source, git_dir: join(source, '.git') });
    expect(repositoryAt([root], `${bare}/../bare.git/`)).toEqual({ path: bare, git_dir: bare });
    expect(repositoryAt([root], tree)).toEqual({ path: tree, git_dir: join(source, '.git/worktrees/tree') });
    expect(repositoryAt([source], source).path).toBe(source);
  });

  test('is refused where it, or a part of it, lies outside of the roots', () => {
    const { root, source, folder, mirror } = scene();
    const outside = join(folder, 'outside');
    sh(folder, 'clone', '-q', source, outside);
    const below = (name: string) => join(root, name);
    symlinkSync(outside, below('link'));
    const refused = /is not below a folder that repositories.roots/;
    for (const path of [
      outside,
      below('link'),
      `${root}/../outside`,
      `${root}-twin`,
      '/',
      '/etc/nothing',
      mirror,
    ]) {
      expect(() => repositoryAt([root], path)).toThrow(refused);
    }

    mkdirSync(below('inner'));
    symlinkSync(join(outside, '.git'), join(below('inner'), '.git'));
    mkdirSync(below('file'));
    writeFileSync(join(below('file'), '.git'), `gitdir: ${join(outside, '.git')}\n`);
    sh(outside, 'worktree', 'add', '-q', '-b', 'side', below('tree'));
    sh(folder, 'clone', '-q', '--shared', outside, below('borrows'));
    sh(folder, 'clone', '-q', '--shared', below('borrows'), below('borrows-twice'));
    sh(folder, 'init', '-q', '--bare', below('refs'));
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    sh(below('refs'), 'symbolic-ref', 'HEAD', 'refs/heads/x');
    symlinkSync(elsewhere, join(below('refs'), 'objects', 'extra'));
    for (const name of ['inner', 'file', 'tree', 'borrows', 'borrows-twice']) {
      expect(() => repositoryAt([root], below(name)), name).toThrow(/Parts of the repository .* lie outside/);
    }
  });

  test('is refused where there is none, also inside of another one', () => {
    const { root, source } = scene();
    const inner = join(source, 'inner');
    mkdirSync(inner);
    mkdirSync(join(root, 'empty'));
    writeFileSync(join(root, 'file'), 'x');
    for (const path of [inner, join(root, 'empty'), join(root, 'file'), root]) {
      expect(() => repositoryAt([root], path)).toThrow(/is not a git repository/);
    }
    expect(() => repositoryAt([root], join(root, 'nothing'))).toThrow(/There is no folder/);
    expect(() => repositoryAt([], source)).toThrow(/no folder is named at repositories.roots/);
  });
});

describe('access', () => {
  test('a host must be in the configuration, exactly, with its port', () => {
    const config = RepositoriesConfig.parse({
      hosts: { 'git.test': {}, 'git.test:8443': {}, 'ssh.test': {} },
    });
    const access = remoteAccess(config, {});
    expect(access('https://git.test/o/r').url).toBe('https://git.test/o/r');
    for (const url of [
      'https://git.test:9443/o/r',
      'https://a.git.test/o/r',
      'https://git.test.evil/o/r',
      'https://constructor/o/r',
      'https://__proto__/o/r',
    ]) {
      expect(() => access(url)).toThrow(/repositories.hosts of the configuration does not name|must be/);
    }
    expect(() => access('git@ssh.test:o/r')).toThrow(/set ssh_key_file and known_hosts_file/);
    expect(() => access('/srv/x')).toThrow(/no folder is named at repositories.roots/);
  });

  test('a token that could say more than a token is refused', () => {
    const config = RepositoriesConfig.parse({ hosts: { 'git.test': { token_env: 'T_TOKEN' } } });
    for (const token of ['a b', 'a\nusername=b', 'a\u0000', 'ä', 'x'.repeat(4001)]) {
      expect(() => remoteAccess(config, { T_TOKEN: token })('https://git.test/o/r')).toThrow(
        /holds no token/,
      );
    }
    for (const env of [{}, { T_TOKEN: '' }, { T_TOKEN: ' ' }]) {
      expect(() => remoteAccess(config, env)('https://git.test/o/r')).toThrow(/T_TOKEN is not set/);
    }
  });

  test('nothing of the token is in what git is called with', () => {
    const config = RepositoriesConfig.parse({ hosts: { 'git.test': { token_env: 'T_TOKEN' } } });
    const { secret, ...rest } = remoteAccess(config, {
      T_TOKEN: TOKEN,
      HOME: '/root',
      https_proxy: 'http://proxy',
    })('https://git.test/o/r');
    expect(secret).toBe(TOKEN);
    expect(JSON.stringify(rest)).not.toContain(TOKEN);
    expect(rest.env).toEqual({ https_proxy: 'http://proxy' });
  });

  test('git gets the token as often as one call asks for it, and for this host alone', async () => {
    const at = scene();
    sh(at.source, 'tag', '-a', '-m', 'x', 'v1');
    sh(at.source, 'push', '-q', at.bare, 'v1');
    const server = await startHttpGit({ root: at.root, token: TOKEN });
    const other = await startHttpGit({ root: at.root, token: TOKEN });
    afterwards(() => Promise.all([server.close(), other.close()]));
    const config = RepositoriesConfig.parse({ hosts: { [server.host]: { token_env: 'T_TOKEN' } } });
    const access = remoteAccess(config, { T_TOKEN: TOKEN })(`${server.url}/bare.git`);
    const cwd = join(tempFolder(), 'fetched');
    sh(at.folder, 'init', '-q', '--bare', cwd);
    const options = { cwd, signal: never, env: access.env, secret: access.secret };
    await git(
      [...access.args, 'fetch', '--tags', '--', access.url, '+refs/heads/*:refs/remotes/origin/*'],
      options,
    );
    expect(sh(cwd, 'rev-parse', 'origin/main')).toBe(at.base_sha);
    await expect(git([...access.args, 'ls-remote', '--', `${other.url}/bare.git`], options)).rejects.toThrow(
      /could not read Username/,
    );
    expect(other.requests.some(({ authorized }) => authorized)).toBe(false);
  });

  test('a mirror is fetched with the token, and what a remote refuses is told without another try', async () => {
    const at = scene();
    const server = await startHttpGit({ root: at.root, token: TOKEN });
    afterwards(() => server.close());
    const config = RepositoriesConfig.parse({ hosts: { [server.host]: { token_env: 'T_TOKEN' } } });
    const mirror = join(tempFolder(), 'mirror');
    sh(at.folder, 'init', '-q', '--bare', mirror);
    const fetched = (token: string, location = `${server.url}/bare.git`) =>
      fetchHeads(
        { remoteAccess: remoteAccess(config, { T_TOKEN: token }) },
        { git_dir: mirror, location },
        never,
      );
    expect(await fetched(TOKEN)).toBe('main');
    expect(sh(mirror, 'rev-parse', 'refs/remotes/origin/main')).toBe(at.base_sha);
    const refused = (message: RegExp) => ({
      type: 'RepositoryRefused',
      nonRetryable: true,
      message: expect.stringMatching(message),
    });
    await expect(fetched('tok_another')).rejects.toMatchObject(
      refused(/does not take the one that token_env/),
    );
    await expect(fetched(TOKEN, `${server.url}/none.git`)).rejects.toMatchObject(
      refused(/has no such repository/),
    );
    await expect(fetched(TOKEN, 'https://git.test/o/r')).rejects.toMatchObject(refused(/does not name/));
  });

  test('a server that repeats the token does not bring it into what git says', async () => {
    const at = scene();
    const server = await startHttpGit({
      root: at.root,
      token: TOKEN,
      first(request, response) {
        if (!request.headers.authorization) return false;
        response.writeHead(403, { 'content-type': 'text/plain' });
        response.end(`you said ${request.headers.authorization} which is ${TOKEN}`);
        return true;
      },
    });
    afterwards(() => server.close());
    const config = RepositoriesConfig.parse({ hosts: { [server.host]: { token_env: 'T_TOKEN' } } });
    const access = remoteAccess(config, { T_TOKEN: TOKEN })(`${server.url}/bare.git`);
    const failed = await git([...access.args, 'ls-remote', '--', access.url], {
      cwd: at.folder,
      signal: never,
      env: access.env,
      secret: access.secret,
    }).catch((error) => error);
    expect(failed.stderr).toContain('which is ***');
    const problem = remoteProblem(failed, access);
    expect(problem).toEqual({
      retryable: false,
      message: expect.stringMatching(
        /does not allow this to the token .* It says: you said Basic \S*\*\*\*\S* which is \*\*\*/,
      ),
    });
    expect(JSON.stringify([failed.message, failed.stderr, problem])).not.toContain(TOKEN);
  });
});
