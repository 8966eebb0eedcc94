import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { bench, serve } from './setup.ts';

const LOOK_FIRST = /look before you (repeat it|do it again)/;

/** A server that takes a request and ends the connection without a word. */
const silent = () => serve((_, request) => request.socket.destroy());

/** An address where nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

const calls = {
  http_request: (host: string) => ({ method: 'POST', url: `http://${host}/`, body: 'x' }),
  send_webhook: (host: string) => ({ url: `http://${host}/`, payload: {} }),
  slack_post: () => ({ channel: 'C1', text: 'hi' }),
  github: () => ({ action: 'comment', owner: 'o', repo: 'r', number: 1, body: 'yes' }),
};

const benchAt = (host: string) =>
  bench({
    tools: { allow_private_hosts: [host], result_chars: 30_000 },
    credentials: {
      slack: { token: 'xoxb-1', base_url: `http://${host}/api/` },
      github: { token: 'ghp_1', base_url: `http://${host}` },
      smtp: { url: `smtp://${host}`, from: 'bot@example.com' },
    },
  });

test.each(Object.entries(calls))(
  '%s says that a call without an answer may have been carried out',
  async (name, input) => {
    const server = await silent();
    const { call } = await benchAt(server.host);
    const answer = await call(name, input(server.host));
    expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(LOOK_FIRST) });
    expect(server.received).toHaveLength(1);
  },
);

test.each(Object.entries(calls))(
  '%s says that nothing was sent where nobody listens',
  async (name, input) => {
    const host = await nobody();
    const { call } = await benchAt(host);
    const answer = await call(name, input(host));
    expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(/nothing was sent/) });
    expect(answer.text).not.toMatch(LOOK_FIRST);
  },
);

test('a request that reads only is just lost', async () => {
  const server = await silent();
  const { call } = await benchAt(server.host);
  const answer = await call('http_request', { url: server.url });
  expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(/was lost/) });
  expect(answer.text).not.toMatch(LOOK_FIRST);
});

test('a post that was answered, and then redirected to an address inside, was carried out', async () => {
  const inside = await serve((_, __, response) => response.end('inside'));
  const server = await serve((_, __, response) => response.writeHead(303, { location: inside.url }).end());
  const { call } = await benchAt(server.host);
  const { text } = await call('http_request', { method: 'POST', url: server.url, body: 'x' });
  expect(text).toMatch(/not public.*request itself was answered 303/s);
  expect(inside.received).toEqual([]);
});

/** Speaks SMTP until the text of the message is there, and hangs up instead of taking it. */
const smtp = createServer((socket) => {
  let inText = false;
  socket.on('error', () => {});
  socket.write('220 ready\r\n');
  socket.on('data', (data) => {
    const said = data.toString();
    if (inText) return void (said.endsWith('\r\n.\r\n') && socket.destroy());
    inText = said.startsWith('DATA');
    socket.write(inText ? '354 go on\r\n' : '250 ok\r\n');
  });
});
afterAll(() => void smtp.close());

test('send_email says so of a message whose text was sent', async () => {
  smtp.listen(0, '127.0.0.1');
  await once(smtp, 'listening');
  const mail = { to: ['a@example.com'], subject: 's', text: 't' };
  const { call } = await benchAt(`127.0.0.1:${(smtp.address() as AddressInfo).port}`);
  const answer = await call('send_email', mail);
  expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(LOOK_FIRST) });
  const gone = await benchAt(await nobody());
  expect((await gone.call('send_email', mail)).text).not.toMatch(LOOK_FIRST);
});
