import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTestServer } from '../../toolchain/test-server.ts';
import { type FakeMachine, fakeMachine } from './fake-machine.ts';

let machine: FakeMachine;
beforeEach(async () => {
  machine = await fakeMachine();
});
afterEach(() => machine.remove());

const find = () => findTestServer({ env: machine.env, onProgress: () => {} });

describe('finding the time-skipping test server', () => {
  it('says that java is missing', async () => {
    expect(await find()).toEqual({ reason: 'java is not installed' });
  });

  it('says that mvn is missing', async () => {
    await machine.install('java', '#!/bin/sh\n');
    expect(await find()).toEqual({ reason: 'mvn is not installed' });
  });

  it('says why mvn could not fetch it, and leaves nothing half-made', async () => {
    await machine.install('java', '#!/bin/sh\n');
    await machine.install('mvn', '#!/bin/sh\necho no route to the repository\nexit 1\n');
    const reason = 'mvn could not fetch it: no route to the repository';
    expect(await find()).toEqual({ reason });
    expect(await find()).toEqual({ reason });
  });
});
