import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Webhook } from 'standardwebhooks';
import { afterAll, expect, test } from 'vitest';
import { toolCredentials } from '../../activities/tools/credentials.ts';
import { maskOf, secretValues } from '../../config/secret-values.ts';
import { bench, type Received, serve } from './setup.ts';

/** A real SMTP server as far as one message needs it, RFC 5321; refuses whom it does not know. */
async function smtpServer() {
  const messages: { from: string; to: string[]; data: string }[] = [];
  const server = createServer(async (socket: Socket) => {
    const say = (line: string) => socket.write(`${line}\r\n`);
    let message = { from: '', to: [] as string[], data: '' };
    let inData = false;
    say('220 test');
    for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (inData && line !== '.') message.data += `${line}\n`;
      else if (inData) {
        inData = false;
        messages.push(message);
        message = { from: '', to: [], data: '' };
        say('250 taken');
      } else if (/^(EHLO|HELO)/i.test(line)) say('250-test\r\n250 AUTH PLAIN');
      else if (/^AUTH PLAIN /i.test(line)) {
        const right = Buffer.from(line.slice(11), 'base64').toString() === '\0user\0pass word';
        say(right ? '235 welcome' : '535 wrong');
      } else if (/^MAIL FROM/i.test(line)) {
        message.from = /<(.*?)>/.exec(line)?.[1] ?? '';
        say('250 ok');
      } else if (/^RCPT TO/i.test(line)) {
        const to = /<(.*?)>/.exec(line)?.[1] ?? '';
        if (to.startsWith('unknown@')) say('550 no such user');
        else {
          message.to.push(to);
          say('250 ok');
        }
      } else if (/^DATA/i.test(line)) {
        inData = true;
        say('354 go on');
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else say('502 what?');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => server.close());
  return { port: (server.address() as AddressInfo).port, messages };
}

test('an e-mail goes out from the configured sender, and tells who was refused', async () => {
  const { port, messages } = await smtpServer();
  const smtp = { url: `smtp://user:pass%20word@127.0.0.1:${port}`, from: 'Bot <bot@example.com>' };
  const { call } = await bench({ credentials: { smtp } });
  const input = {
    to: ['a@example.com', 'unknown@example.com'],
    cc: ['c@example.com'],
    subject: 'Hello\r\nBcc: evil@example.com',
    text: 'The text',
  };
  const answer = await call('send_email', input);
  expect(answer).toMatchObject({
    is_error: false,
    text: 'Sent to 2 of 3 addresses. The server refused: unknown@example.com.',
  });
  expect(messages).toMatchObject([{ from: 'bot@example.com', to: ['a@example.com', 'c@example.com'] }]);
  expect(messages[0]!.data).toContain('The text');
  expect(messages[0]!.data).not.toMatch(/^bcc:/im);
  await call('send_email', input);
  const id = (at: number) => /^Message-ID: (.*)$/im.exec(messages[at]!.data)?.[1];
  expect(id(1)).toBe(id(0));
  expect((await call('send_email', { ...input, to: ['nobody'] })).is_error).toBe(true);
});

test('a server that refuses the password is an error that does not show it', async () => {
  const { port } = await smtpServer();
  const url = `smtp://user:wrong-password@127.0.0.1:${port}`;
  const { call } = await bench({
    credentials: { smtp: { url, from: 'a@example.com' } },
    mask: maskOf({ SMTP_URL: url }),
  });
  const answer = await call('send_email', { to: ['a@example.com'], subject: 's', text: 't' });
  expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(/535/) });
  expect(answer.text).not.toContain('wrong-password');
});

test('a message is posted to Slack as the bot, once', async () => {
  const slack = await serve((got, _, response) => {
    const ok = got.body.includes('channel=C1');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(ok ? { ok, channel: 'C1', ts: '1.2' } : { ok, error: 'channel_not_found' }));
  });
  const { call } = await bench({
    credentials: { slack: { token: 'xoxb-secret-token', base_url: `${slack.url}/api/` } },
  });
  const answer = await call('slack_post', { channel: 'C1', text: 'hi *there*', thread_ts: '1.0' });
  expect(answer).toMatchObject({ text: 'Posted to C1 (ts 1.2).', is_error: false });
  expect(slack.received).toMatchObject([
    { path: '/api/chat.postMessage', headers: { authorization: 'Bearer xoxb-secret-token' } },
  ]);
  expect(Object.fromEntries(new URLSearchParams(slack.received[0]!.body))).toMatchObject({
    text: 'hi *there*',
    thread_ts: '1.0',
  });
  const wrong = await call('slack_post', { channel: 'C2', text: 'hi' });
  expect(wrong).toMatchObject({ is_error: true, text: expect.stringMatching(/channel_not_found/) });
  expect(slack.received.length).toBe(2);
});

test('every action of GitHub does what it says', async () => {
  const html_url = 'https://github.test/o/r/1';
  const answers: Record<string, unknown> = {
    'GET /repos/o/r/issues/7': {
      number: 7,
      title: 'Broken',
      state: 'open',
      labels: [{ name: 'bug' }],
      user: { login: 'ann' },
      html_url,
      body: 'It breaks',
    },
    'GET /repos/o/r/contents/docs/a.md?ref=main': {
      type: 'file',
      encoding: 'base64',
      content: Buffer.from('# Hällo').toString('base64'),
      size: 8,
    },
    'POST /repos/o/r/issues': { number: 8, html_url },
    'POST /repos/o/r/issues/7/comments': { html_url },
    'POST /repos/o/r/pulls': { number: 9, html_url },
  };
  const github = await serve((got, _, response) => {
    const known = answers[decodeURIComponent(`${got.method} ${got.path}`)];
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ?? { message: 'Not Found' }));
  });
  const { call } = await bench({ credentials: { github: { token: 'ghp_secret', base_url: github.url } } });
  const of = { owner: 'o', repo: 'r' };
  const said = async (input: object) => (await call('github', { ...of, ...input })).text;
  expect(await said({ action: 'get_issue', number: 7 })).toMatch(
    /#7 Broken \(open\)[\s\S]*bug[\s\S]*It breaks/,
  );
  expect(await said({ action: 'get_file', path: 'docs/a.md', ref: 'main' })).toBe('# Hällo');
  expect(await said({ action: 'create_issue', title: 'New', labels: ['a'] })).toBe(`Created #8: ${html_url}`);
  expect(await said({ action: 'comment', number: 7, body: 'yes' })).toBe(`Commented: ${html_url}`);
  const pull = { action: 'open_pull_request', title: 'Fix', head: 'fix', base: 'main' };
  expect(await said(pull)).toBe(`Opened #9: ${html_url}`);
  const sent = (at: number) => JSON.parse(github.received.at(at)!.body);
  expect(sent(-1)).toEqual({ title: 'Fix', body: '', head: 'fix', base: 'main', draft: false });
  expect(sent(-3)).toEqual({ title: 'New', body: '', labels: ['a'] });
  expect(github.received.every(({ headers }) => headers.authorization === 'token ghp_secret')).toBe(true);
  const missing = await call('github', { ...of, action: 'get_issue', number: 99 });
  expect(missing).toMatchObject({ is_error: true, text: expect.stringMatching(/answered 404/) });
  const before = github.received.length;
  for (const wrong of [
    { action: 'delete_repo' },
    { action: 'get_issue', number: 1, owner: '../..' },
    { action: 'comment', number: 1 },
  ]) {
    expect((await call('github', { ...of, ...wrong })).is_error).toBe(true);
  }
  expect(github.received.length).toBe(before);
});

test('a webhook is signed, the same call has the same id, and no inside address is reached', async () => {
  const server = await serve((got, _, response) => {
    if (got.path === '/moved') response.writeHead(302, { location: '/elsewhere' });
    response.end('thanks');
  });
  const tools = { allow_private_hosts: [server.host], result_chars: 30_000 };
  const webhook_secret = `whsec_${Buffer.from('0123456789abcdef0123456789').toString('base64')}`;
  const { call } = await bench({ tools, credentials: { webhook_secret } });
  const input = { url: `${server.url}/hook`, payload: { event: 'done', n: 1 } };
  expect((await call('send_webhook', input)).text).toBe('Answered 200.\nthanks');
  await call('send_webhook', input);
  await call('send_webhook', input, { call_id: 'call_2' });
  const [first, again, other] = server.received as [Received, Received, Received];
  expect(new Webhook(webhook_secret).verify(first.body, first.headers as Record<string, string>)).toEqual(
    input.payload,
  );
  expect(again.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(other.headers['webhook-id']).not.toBe(first.headers['webhook-id']);
  const moved = await call('send_webhook', { ...input, url: `${server.url}/moved` });
  expect(moved.is_error).toBe(true);
  expect(server.received.map(({ path }) => path)).not.toContain('/elsewhere');
  const guarded = await call('send_webhook', { ...input, url: `http://localhost:${server.port}/` });
  expect(guarded).toMatchObject({ is_error: true, text: expect.stringMatching(/not public/) });
  const plain = await bench({ tools, credentials: { webhook_secret: 'plain words' } });
  await plain.call('send_webhook', input);
  const { body, headers } = server.received.at(-1)!;
  new Webhook('plain words', { format: 'raw' }).verify(body, headers as Record<string, string>);
  const unsigned = await bench({ tools });
  await unsigned.call('send_webhook', input);
  expect(server.received.at(-1)!.headers).not.toHaveProperty('webhook-signature');
});

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]);

/** A bench with the tool for images, over an API that answers what it is told to by the prompt. */
async function imageBench() {
  const openai = await serve((got, _, response) => {
    const { prompt } = JSON.parse(got.body) as { prompt: string };
    if (prompt === 'cut off') return void response.destroy();
    const refused = prompt === 'refused';
    response.writeHead(refused ? 400 : 200, { 'content-type': 'application/json' });
    const usage = { input_tokens: prompt === 'odd' ? -5 : 20, output_tokens: 1000, total_tokens: 1020 };
    const data = prompt === 'nothing' ? [] : [{ b64_json: PNG.toString('base64') }];
    response.end(JSON.stringify(refused ? { error: { message: 'not that' } } : { data, usage }));
  });
  const made = await bench({
    credentials: { openai: { api_key: 'sk-secret', base_url: `${openai.url}/v1` } },
  });
  const draw = (prompt: string, call_id: string) =>
    made.call('generate_image', { prompt, name: 'fox.png' }, { call_id });
  return { ...made, openai, draw, ledger: () => made.store.readLedger('job1') };
}

test('an image becomes an artifact and a call of the ledger, with what it cost', async () => {
  const { draw, store, openai, ledger } = await imageBench();
  const { artifacts } = await draw('a fox', 'call_1');
  expect(artifacts).toMatchObject([{ name: 'fox.png', media_type: 'image/png' }]);
  expect(await store.getContent(artifacts[0]!.sha256)).toEqual(PNG);
  expect(openai.received).toMatchObject([
    { path: '/v1/images/generations', headers: { authorization: 'Bearer sk-secret' } },
  ]);
  const [row] = await ledger();
  expect(row).toMatchObject({
    call_id: 'call_1',
    purpose: 'image',
    provider: 'openai',
    model: 'gpt-image-1',
    agent: 'coder',
    status: 'settled',
    usage: { input_tokens: 20, output_tokens: 1000 },
    price: { input_usd: 5, output_usd: 40 },
  });
  expect(row!.cost_usd).toBeCloseTo(0.0401);
  expect(row!.reserved_usd).toBeGreaterThan(0.25);
});

test('an image whose usage cannot be is booked as the most that it can have cost', async () => {
  const { draw, ledger } = await imageBench();
  expect((await draw('odd', 'call_odd')).is_error).toBe(false);
  const [row] = await ledger();
  expect(row).toMatchObject({ status: 'estimated', cost_usd: row!.reserved_usd });
});

test('the same image asked for again, after its worker was lost, is not paid for twice', async () => {
  const { draw, openai, ledger } = await imageBench();
  const first = await draw('a fox', 'call_1');
  expect(await draw('a fox', 'call_1')).toMatchObject({ is_error: false, artifacts: first.artifacts });
  expect(openai.received.length).toBe(1);
  await draw('a fox', 'call_2');
  expect(openai.received.length).toBe(2);
  expect((await ledger()).length).toBe(2);
});

test('an image whose call was cut off counts as paid, and is not asked for by itself', async () => {
  const { draw, store, openai, ledger } = await imageBench();
  await draw('a fox', 'call_0');
  const { status: _, cost_usd, usage, created_at, settled_at, ...start } = (await ledger())[0]!;
  await store.beginCall({ ...start, call_id: 'call_1' });
  const lost = { is_error: true, artifacts: [], text: expect.stringMatching(/answer was lost/) };
  expect(await draw('a fox', 'call_1')).toMatchObject(lost);
  expect(openai.received.length).toBe(1);
  expect(await draw('cut off', 'call_2')).toMatchObject({ is_error: true });
  expect(await draw('cut off', 'call_2')).toMatchObject(lost);
  expect(openai.received.length).toBe(2);
  const open = (await ledger()).filter(({ call_id }) => call_id !== 'call_0');
  expect(open.map(({ status }) => status)).toEqual(['estimated', 'estimated']);
  expect(open.every((row) => row.cost_usd === row.reserved_usd && row.cost_usd > 0)).toBe(true);
});

test('what the API refuses costs nothing; an answer without an image costs what it says', async () => {
  const { draw, ledger } = await imageBench();
  const refused = await draw('refused', 'call_1');
  expect(refused).toMatchObject({ is_error: true, text: 'OpenAI answered 400: not that.' });
  const empty = { is_error: true, text: 'The answer holds no image.' };
  expect(await draw('nothing', 'call_2')).toMatchObject(empty);
  expect(await draw('nothing', 'call_2')).toMatchObject(empty);
  expect((await ledger()).map(({ status, usage }) => [status, usage?.output_tokens])).toEqual([
    ['released', undefined],
    ['settled', 1000],
  ]);
});

test('a job with a budget has no tool that the budget does not hold', async () => {
  const { registry, context, openai } = await imageBench();
  const policy = { allow: ['generate_image', 'read_artifact'] };
  const named = async (job?: { capped: boolean }) =>
    (await registry.offered(policy, job)).tools.map(({ name }) => name);
  expect(await named({ capped: false })).toContain('generate_image');
  expect(await named({ capped: true })).not.toContain('generate_image');
  const offer = await registry.offered(policy, { capped: true });
  const reason = expect.stringMatching(/only jobs without one \(budget_usd: null\)/);
  expect(offer.unavailable).toEqual([{ name: 'generate_image', reason }]);
  const call = { name: 'generate_image', input: { prompt: 'a fox', name: 'fox.png' } };
  expect(await registry.run(call, context, offer.tools)).toMatchObject({ is_error: true, text: reason });
  expect(openai.received).toEqual([]);
});

test('credentials come from the environment, complete or not at all', () => {
  expect(toolCredentials({ SMTP_URL: 'smtp://a', SLACK_BOT_TOKEN: ' ', GITHUB_TOKEN: '' })).toEqual({});
  const env = {
    SMTP_URL: 'smtp://u:pass%20word@host',
    SMTP_FROM: 'a@b.c',
    SLACK_BOT_TOKEN: 'xoxb-12345',
    GITHUB_TOKEN: 'ghp_12345',
    GITHUB_API_URL: 'https://github.example/api/v3',
    OPENAI_API_KEY: 'sk-12345',
    ORCHESTRATOR_WEBHOOK_SECRET: 'whsec_12345',
    ORCHESTRATOR_SECRET_DB: 'database-password',
    ANTHROPIC_API_KEY: 'sk-ant-12345',
    HOME: '/home/somebody',
  };
  expect(toolCredentials(env, 'http://openai.test')).toEqual({
    smtp: { url: env.SMTP_URL, from: 'a@b.c' },
    slack: { token: 'xoxb-12345' },
    github: { token: 'ghp_12345', base_url: env.GITHUB_API_URL },
    openai: { api_key: 'sk-12345', base_url: 'http://openai.test' },
    webhook_secret: 'whsec_12345',
  });
  const secrets = secretValues(env);
  for (const name of Object.keys(env) as (keyof typeof env)[]) {
    const isPublic = ['SMTP_FROM', 'GITHUB_API_URL', 'HOME'].includes(name);
    expect(secrets.includes(env[name]), name).toBe(!isPublic);
  }
  expect(secrets).toContain('pass word');
});
