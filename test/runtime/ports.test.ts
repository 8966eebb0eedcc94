import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choosePort, freePort, isPortFree } from '../../runtime/ports.ts';

const HOST = '127.0.0.1';
let stranger: Server;
let taken: number;

beforeEach(async () => {
  stranger = createServer();
  await new Promise<void>((resolve) => stranger.listen(0, HOST, resolve));
  const address = stranger.address();
  taken = address && typeof address === 'object' ? address.port : 0;
});
afterEach(() => void stranger.close());

describe('choosing a port', () => {
  it('keeps the wanted one when it is free', async () => {
    const port = await freePort(HOST);
    expect(await choosePort(port, HOST)).toEqual({ port, moved: false });
  });

  it('moves to another one, which is free, when a stranger has it', async () => {
    const chosen = await choosePort(taken, HOST);
    expect(chosen.moved).toBe(true);
    expect(chosen.port).not.toBe(taken);
    expect(await isPortFree(chosen.port, HOST)).toBe(true);
  });

  it('never gives one that is already spoken for', async () => {
    const port = await freePort(HOST);
    const chosen = await choosePort(port, HOST, [port]);
    expect(chosen.port).not.toBe(port);
    expect(chosen.moved).toBe(true);
  });

  it('takes any free one for 0, which is not a move', async () => {
    const chosen = await choosePort(0, HOST);
    expect(chosen.moved).toBe(false);
    expect(chosen.port).toBeGreaterThan(0);
  });
});
