import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { needsApproval } from '../../activities/tools/policy.ts';
import { Config } from '../../contracts/config.ts';
import { agentNamed, callsAbout, lastMessage, synthesis, turn, use } from '../agents/setup.ts';
import { complete, delegate, lead, waits } from '../boss/setup.ts';
import { type Body, newProject, useProjects } from './setup.ts';

describe('without asking, a project uses', () => {
  const { safe, project_approval_expires_seconds } = Config.parse({}).tools;
  const SAFE = [
    ...['read_file', 'glob', 'grep', 'read_artifact', 'read_task_result'],
    ...['http_request', 'send_email', 'slack_post', 'github', 'send_webhook', 'generate_image'],
  ];

  test.each(SAFE)('%s', (name) => {
    expect(safe).toContain(name);
    const policy = { allow: ['*'], safe };
    expect(needsApproval({ name, risk: 'critical' }, policy)).toBe(false);
    // elsewhere its risk decides
    expect(needsApproval({ name, risk: 'critical' }, { allow: ['*'] })).toBe(true);
  });

  test('no others, unless the config says so', () => {
    expect([...safe].sort()).toEqual([...SAFE].sort());
    const bash = { name: 'bash', risk: 'high' } as const;
    expect(needsApproval(bash, { allow: ['*'], safe })).toBe(true);
    expect(needsApproval(bash, { allow: ['*'], safe: ['ba*'] })).toBe(false);
  });

  test('none that its agent is always to ask for', () => {
    const policy = { allow: ['*'], safe, approval: { send_email: 'always' as const } };
    expect(needsApproval({ name: 'send_email', risk: 'medium' }, policy)).toBe(true);
  });

  test('what waits is denied after 300 s', () => {
    expect(project_approval_expires_seconds).toBe(300);
  });
});

let server: Server;
const requests: string[] = [];
const world = useProjects(async () => {
  server = createServer((request, response) => {
    requests.push(request.url!);
    response.end('The weather is fine.');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    config: { tools: { allow_private_hosts: [address()], project_approval_expires_seconds: 3 } },
    agents: [
      agentNamed('careful', {
        tools: ['http_request', 'bash'],
        approval: { risks: ['medium', 'high', 'critical'], always: [], never: [] },
      }),
    ],
  };
});
afterAll(() => server?.close());
const address = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const get = (path: string) => use('http_request', { url: `http://${address()}${path}` });

test('a safe call of a worker is made, another waits for a person and is denied when its time is over', {
  timeout: 180_000,
}, async () => {
  world.fake.expect(
    lead('Watch the weather', [delegate('careful', 'Look out')], { turn: 0 }),
    turn(
      '# Your task: Look out',
      { tool_use: [get('/safe'), use('bash', { command: 'touch unsafe' })] },
      { turn: 0 },
    ),
    turn(
      ['# Your task: Look out', 'The weather is fine.', 'Nobody decided in time'],
      { text: 'Fine.' },
      { turn: 1 },
    ),
    lead(['Watch the weather', 'Fine.'], [complete('It is fine.')]),
    waits('Watch the weather', 10),
  );
  const id = await newProject(world, 'Watch the weather', { agents: [{ agent_id: 'careful' }] });
  const waiting = await world.see(
    `/orchestrate/${id}/approvals`,
    'the command to wait',
    ({ approvals }) => approvals.length > 0,
  );
  expect(waiting.approvals).toMatchObject([
    { kind: 'tool_call', task_id: 'careful-1', prompt: expect.stringContaining('bash') },
  ]);
  const [{ requested_at, expires_at }] = waiting.approvals;
  expect(Date.parse(expires_at) - Date.parse(requested_at)).toBe(3000);
  const done = await world.see(`/projects/${id}`, 'the project to end', ({ status }) => status !== 'running');
  expect(done.status).toBe('completed');
  expect(requests).toEqual(['/safe']);
  const { events } = (
    await world.ask('GET', `/orchestrate/${id}/events?limit=500`, undefined, { accept: 'application/json' })
  ).body;
  expect(
    events.filter(({ type }: Body) => type.startsWith('approval.')).map(({ type }: Body) => type),
  ).toEqual(expect.arrayContaining(['approval.requested', 'approval.expired']));
});

test('in a planned job, the same call of the same agent waits, for a day', { timeout: 120_000 }, async () => {
  world.fake.expect(
    turn('# Your task: Look in', { tool_use: [get('/planned')] }, { turn: 0 }),
    turn('# Your task: Look in', { text: 'I could not.' }, { turn: 1 }),
    synthesis(),
  );
  const plan = { tasks: [{ task_id: 'a', title: 'Look in', agent: 'careful' }] };
  const { body } = await world.ask('POST', '/orchestrate/submit', {
    title: 'T',
    description: 'D',
    plan,
    auto_approve: true,
  });
  const path = `/orchestrate/${body.job_id}`;
  const { approvals } = await world.see(
    `${path}/approvals`,
    'the call to wait',
    (one) => one.approvals.length > 0,
  );
  const [{ approval_id, requested_at, expires_at }] = approvals;
  expect(Date.parse(expires_at) - Date.parse(requested_at)).toBe(86_400_000);
  await world.ask('POST', `${path}/approvals/${approval_id}`, { decision: 'deny', reason: 'Stay inside' });
  await world.see(`${path}/status`, 'the job to end', ({ status }) => status === 'completed');
  expect(requests).not.toContain('/planned');
  const [last] = callsAbout(world.fake, '# Your task: Look in').slice(-1);
  expect(lastMessage(last!)).toContain('Stay inside');
});
