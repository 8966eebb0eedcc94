import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deliverWork } from '../../activities/repository/deliver/deliver.ts';
import { SSHD, startHttpGit, startSshd } from '../fakes/git-servers.ts';
import { afterwards, BRANCH, depsOf, inputOf, never, type Scene, scene, sh } from './deliver-setup.ts';

const TOKEN = 'tok_3nTer-Sesame/+=%40';
const pushed = { ok: true, delivered: { kind: 'push', ref: BRANCH, pull_request: null } };
const refused = (message: string | RegExp, retryable = false) => ({
  ok: false,
  retryable,
  message: expect.stringMatching(message),
});

async function served(at: Scene, options: Partial<Parameters<typeof startHttpGit>[0]> = {}) {
  const server = await startHttpGit({ root: at.root, token: TOKEN, ...options });
  afterwards(() => server.close());
  const hosts = { [server.host]: { token_env: 'GIT_TOKEN', allow_push: true } };
  return { server, location: `${server.url}/bare.git`, deps: depsOf(at, { hosts }, { GIT_TOKEN: TOKEN }) };
}

/** Every process of this machine whose arguments or variables have the text, by its command. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      ['cmdline', 'environ'].flatMap((what) => {
        try {
          const found = readFileSync(`/proc/${pid}/${what}`, 'utf8');
          return found.includes(text) ? [found] : [];
        } catch {
          return []; // it has ended
        }
      }),
    );
}

test('a branch is pushed over HTTP with the token, and a repetition finds it there', async () => {
  const at = scene();
  const { deps, location, server } = await served(at);
  expect(await deliverWork(deps, inputOf(at, location, 'push'), never)).toEqual(pushed);
  expect(sh(at.bare, 'rev-parse', BRANCH)).toBe(at.head_sha);
  expect(sh(at.bare, 'for-each-ref', '--format=%(refname)').split('\n')).toEqual([
    'refs/heads/main',
    `refs/heads/${BRANCH}`,
  ]);
  expect(server.requests.some(({ authorized }) => authorized)).toBe(true);
  expect(await deliverWork(deps, inputOf(at, location, 'push'), never)).toEqual(pushed);
  const later = at.land('c.txt', at.head_sha);
  expect(await deliverWork(deps, inputOf({ ...at, head_sha: later }, location, 'push'), never)).toEqual(
    pushed,
  );
  expect(sh(at.bare, 'rev-parse', BRANCH)).toBe(later);
});

test('while it is pushed the token is in no process list, and afterwards in no file of the mirror', async () => {
  const at = scene();
  const found: string[] = [];
  let looked = 0;
  const look = () => {
    looked += 1;
    found.push(...processesWith(TOKEN));
  };
  let held = 0;
  const { deps, location } = await served(at, {
    // the other side waits, while its programs can be seen
    authorized: async () => {
      look();
      held += 1;
    },
  });
  // and all the time, for the helper that is there for a moment
  const timer = setInterval(look, 1);
  const result = await deliverWork(deps, inputOf(at, location, 'push'), never).finally(() =>
    clearInterval(timer),
  );
  expect(result).toEqual(pushed);
  expect([held > 1, looked > held]).toEqual([true, true]);
  expect(found).toEqual([]);
  // it would have been seen
  const shown = spawn(process.execPath, ['-e', 'process.stdin.resume()', TOKEN]);
  await once(shown, 'spawn');
  expect(processesWith(TOKEN).length).toBe(1);
  shown.kill();
  for (const name of readdirSync(at.mirror, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    expect(readFileSync(join(name.parentPath, name.name)).includes(TOKEN)).toBe(false);
  }
});

test('a wrong token is told by the entry that names it, and not shown', async () => {
  const at = scene();
  const { server, location } = await served(at);
  const hosts = { [server.host]: { token_env: 'GIT_TOKEN', allow_push: true } };
  const wrong = depsOf(at, { hosts }, { GIT_TOKEN: 'tok_wrong_one' });
  const result = await deliverWork(wrong, inputOf(at, location, 'push'), never);
  expect(result).toEqual(refused(/wants a token, or does not take the one that token_env/));
  expect(JSON.stringify(result)).not.toContain('tok_wrong_one');
  const none = await deliverWork(depsOf(at, { hosts }), inputOf(at, location, 'push'), never);
  expect(none).toEqual(refused(/The variable GIT_TOKEN is not set for the worker/));
});

test('a repository that is not there is told', async () => {
  const { deps, server, ...rest } = { ...(await served(scene())) };
  const result = await deliverWork(deps, inputOf(scene(), `${server.url}/other.git`, 'push'), never);
  expect(rest.location).toContain('bare.git');
  expect(result).toEqual(refused(/has no such repository, or none that the configured token or key may see/));
});

test('a hook that declines is told in its own words, without a token that it repeats', async () => {
  const at = scene();
  const hook = join(at.bare, 'hooks', 'pre-receive');
  const words = `no pushes on Fridays \\033[31m${TOKEN}`;
  writeFileSync(hook, `#!/bin/sh\nprintf '%b\\n' '${words}' >&2\nexit 1\n`, {
    mode: 0o755,
  });
  const { deps, location } = await served(at);
  const result = await deliverWork(deps, inputOf(at, location, 'push'), never);
  expect(result).toEqual(
    refused(/refused the branch .*: pre-receive hook declined\. It says: no pushes on Fridays/),
  );
  expect(JSON.stringify(result)).not.toContain(TOKEN.slice(0, 12));
  expect(JSON.stringify(result)).not.toContain('\\u001b');
  expect(() => sh(at.bare, 'rev-parse', '--verify', BRANCH)).toThrow();
});

test('a branch of that name with other commits is never forced', async () => {
  const at = scene();
  const theirs = sh(
    at.bare,
    'commit-tree',
    sh(at.bare, 'rev-parse', 'main^{tree}'),
    '-p',
    'main',
    '-m',
    'theirs',
  );
  sh(at.bare, 'branch', BRANCH, theirs);
  const { deps, location } = await served(at);
  const result = await deliverWork(deps, inputOf(at, location, 'push'), never);
  expect(result).toEqual(refused(/has a branch .* already with commits that this job does not know/));
  expect(sh(at.bare, 'rev-parse', BRANCH)).toBe(theirs);
});

test('a redirect to another host is not followed, with the token or without it', async () => {
  const at = scene();
  const seen: string[] = [];
  const elsewhere = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  afterwards(() => elsewhere.close());
  const { port } = elsewhere.address() as { port: number };
  for (const status of [301, 302, 307, 308]) {
    const { deps, location } = await served(at, {
      first(request, response) {
        response.writeHead(status, { location: `http://127.0.0.1:${port}${request.url}` }).end();
        return true;
      },
    });
    const result = await deliverWork(deps, inputOf(at, location, 'push'), never);
    expect(result).toEqual(refused(/answers with another address\. Redirects are not followed/));
  }
  expect(seen).toEqual([]);
});

test('a server that hangs is given up after the time limit, and may be tried again', async () => {
  const at = scene();
  const { deps, location } = await served(at, { first: () => true });
  const result = await deliverWork({ ...deps, git_seconds: 0.5 }, inputOf(at, location, 'push'), never);
  expect(result).toEqual(refused(/not done within 0.5 s/, true));
});

test('a server that is not there may be tried again, and a cancelled delivery ends at once', async () => {
  const at = scene();
  const { deps, location, server } = await served(at, { first: () => true });
  const cancel = new AbortController();
  const running = deliverWork(deps, inputOf(at, location, 'push'), cancel.signal);
  const gone = expect(running).rejects.toThrow('enough');
  cancel.abort(new Error('enough'));
  await gone;
  await server.close();
  expect(await deliverWork(deps, inputOf(at, location, 'push'), never)).toEqual(
    refused(/can not be reached now/, true),
  );
});

test('hooks of the mirror do not run at a push', async () => {
  const at = scene();
  const canary = join(at.folder, 'canary');
  writeFileSync(join(at.mirror, 'hooks', 'pre-push'), `#!/bin/sh\ntouch ${canary}\nexit 1\n`, {
    mode: 0o755,
  });
  const { deps, location } = await served(at);
  expect(await deliverWork(deps, inputOf(at, location, 'push'), never)).toEqual(pushed);
});

describe.skipIf(!SSHD)('over ssh (needs openssh-server)', () => {
  async function reached(at: Scene, changed: Record<string, string> = {}) {
    const server = await startSshd(join(at.folder, 'ssh'));
    afterwards(() => server.close());
    const host = `127.0.0.1:${server.port}`;
    const entry = {
      ssh_key_file: server.key,
      known_hosts_file: server.known_hosts,
      allow_push: true,
      ...changed,
    };
    const location = `ssh://${server.user}@${host}${at.bare}`;
    return { server, location, deps: depsOf(at, { hosts: { [host]: entry } }) };
  }

  test('a branch is pushed with the key, by no key or configuration of this user', async () => {
    const at = scene();
    const { deps, location } = await reached(at);
    expect(await deliverWork(deps, inputOf(at, location, 'push'), never)).toEqual(pushed);
    expect(sh(at.bare, 'rev-parse', BRANCH)).toBe(at.head_sha);
    expect(await deliverWork(deps, inputOf(at, location, 'push'), never)).toEqual(pushed);
  });

  test('a host with another key than the known one is not trusted', async () => {
    const at = scene();
    const empty = join(at.folder, 'nobody known');
    writeFileSync(empty, '');
    const { deps, location } = await reached(at, { known_hosts_file: empty });
    const result = await deliverWork(deps, inputOf(at, location, 'push'), never);
    expect(result).toEqual(refused(/shows a key that known_hosts_file .* does not have/));
    expect(readFileSync(empty, 'utf8')).toBe('');
  });

  test('a key that the host does not take, or that others may read, is told', async () => {
    const at = scene();
    const first = await reached(at);
    const stranger = await startSshd(join(at.folder, 'other'));
    afterwards(() => stranger.close());
    const hosts = (key: string) => ({
      [`127.0.0.1:${first.server.port}`]: {
        ssh_key_file: key,
        known_hosts_file: first.server.known_hosts,
        allow_push: true,
      },
    });
    const input = inputOf(at, first.location, 'push');
    const said = async (key: string) => await deliverWork(depsOf(at, { hosts: hosts(key) }), input, never);
    expect(await said(stranger.key)).toEqual(refused(/does not take the key ssh_key_file/));
    expect(await said(join(at.folder, 'none'))).toEqual(refused(/The file ssh_key_file .* is not there/));
    const garbage = join(at.folder, 'garbage');
    writeFileSync(garbage, 'no key', { mode: 0o600 });
    expect(await said(garbage)).toEqual(refused(/is no private key without a passphrase/));
    const open = join(at.folder, 'open');
    writeFileSync(open, readFileSync(first.server.key), { mode: 0o644 });
    expect(await said(open)).toEqual(refused(/others may read the file ssh_key_file/));
  });

  test('a hook that declines and a repository that is not there are told', async () => {
    const at = scene();
    const { deps, location } = await reached(at);
    const missing = await deliverWork(deps, inputOf(at, `${location}x`, 'push'), never);
    expect(missing).toEqual(refused(/has no such repository/));
    writeFileSync(join(at.bare, 'hooks', 'update'), '#!/bin/sh\necho not this one\nexit 1\n', {
      mode: 0o755,
    });
    const declined = await deliverWork(deps, inputOf(at, location, 'push'), never);
    expect(declined).toEqual(refused(/refused the branch .*: hook declined\. It says: not this one/));
  });
});
