import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPythonTools } from '../../toolchain/python-tools.ts';
import { type FakeMachine, fakeMachine } from './fake-machine.ts';

let machine: FakeMachine;
beforeEach(async () => {
  machine = await fakeMachine();
});
afterEach(() => machine.remove());

const find = () => findPythonTools('schemathesis', { env: machine.env, onProgress: () => {} });

describe('finding tools of Python', () => {
  it('says that python3 is missing', async () => {
    expect(await find()).toEqual({ reason: 'python3 is not installed' });
  });

  it('says why there is no virtual environment, and leaves nothing half-made', async () => {
    await machine.install('python3', '#!/bin/sh\necho ensurepip is not available\nexit 1\n');
    const reason = expect.stringMatching(/python3-venv.*ensurepip is not available/s);
    expect(await find()).toEqual({ reason });
    expect(await find()).toEqual({ reason });
  });
});
