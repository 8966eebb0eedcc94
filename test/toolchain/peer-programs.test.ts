import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder } from '../../toolchain/cache.ts';
import { findPeerPackages, type PeerPackages } from '../../toolchain/peer-programs.ts';
import { type FakeMachine, fakeMachine } from './fake-machine.ts';

let machine: FakeMachine;
beforeEach(async () => {
  machine = await fakeMachine();
});
afterEach(() => machine.remove());

const find = (name: PeerPackages = 'peers') =>
  findPeerPackages(name, { env: machine.env, onProgress: () => {} });
const folders = async () =>
  (await readdir(cacheFolder(machine.env))).filter((name) => !name.endsWith('.lock'));

describe('finding programs of others', () => {
  it('says that npm is missing', async () => {
    expect(await find()).toEqual({ reason: 'npm is not installed' });
  });

  it('says why npm could not install them, and leaves nothing half-made', async () => {
    await machine.install('npm', '#!/bin/sh\n/bin/mkdir node_modules\necho no such registry >&2\nexit 1\n');
    const reason = 'npm could not install them: no such registry';
    expect(await find()).toEqual({ reason });
    expect(await folders()).toEqual([]);
    expect(await find()).toEqual({ reason });
  });

  it('installs what the lockfile says, once', async () => {
    const npm =
      '#!/bin/sh\n[ -f package-lock.json ] && [ "$1" = ci ] || exit 1\n/bin/mkdir node_modules\necho once >> "$HOME/times"\n';
    await machine.install('npm', npm);
    const [first, second] = await Promise.all([find(), find()]);
    expect(first).toEqual({ packages: expect.stringMatching(/npm-peers-[0-9a-f]{12}\/node_modules$/) });
    expect([second, await find()]).toEqual([first, first]);
    expect(await readFile(join(machine.folder, 'times'), 'utf8')).toBe('once\n');
    expect(await folders()).toHaveLength(1);
  });

  it('keeps those of tests and those of the benchmark apart', async () => {
    const npm = '#!/bin/sh\n/bin/mkdir node_modules\n/bin/cp package.json node_modules\n';
    await machine.install('npm', npm);
    const wanted = async (name: PeerPackages) => {
      const { packages } = await find(name);
      return Object.keys(JSON.parse(await readFile(join(packages!, 'package.json'), 'utf8')).dependencies);
    };
    expect(await wanted('peers')).toContain('@modelcontextprotocol/conformance');
    expect(await wanted('frameworks')).toContain('@langchain/langgraph');
    expect(await folders()).toHaveLength(2);
  });
});
