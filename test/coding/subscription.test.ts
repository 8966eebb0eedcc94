import { chmodSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allThatIsKept } from '../agents/kept.ts';
import { MISSING } from '../sandbox/setup.ts';
import { assistantProgramOf } from '../setup/assistants.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { claudeFake } from './claude-fake.ts';
import type { AssistantFake } from './fake.ts';
import { codexFake } from './responses-fake.ts';
import { assistant, codingOptions, dropScratch, nameOf, sandboxed, scratch } from './setup.ts';

/** What others may not see of a login. */
const ACCESS = 'sk-ant-oat01-of-the-subscriber-0123456789';
const REFRESH = 'refresh-of-the-subscriber-9876543210';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const FAR_AWAY = 4_102_444_800;
/** What ChatGPT gives: its middle says who has subscribed. */
const CHATGPT = [
  part({ alg: 'none', typ: 'JWT' }),
  part({
    email: 'subscriber@example.com',
    exp: FAR_AWAY,
    'https://api.openai.com/auth': { chatgpt_plan_type: 'pro', chatgpt_account_id: 'account-1' },
  }),
  Buffer.from('signed by nobody at all').toString('base64url'),
].join('.');

/** Assistants that somebody has logged in; a script in their place tells them where the fake is. */
const MEMBERS = {
  claude: {
    fake: claudeFake,
    token: ACCESS,
    file: '.claude/.credentials.json',
    login: {
      claudeAiOauth: {
        ...{ accessToken: ACCESS, refreshToken: REFRESH, expiresAt: FAR_AWAY * 1000 },
        ...{ scopes: ['user:inference', 'user:profile'], subscriptionType: 'max' },
      },
    },
    script: (path: string, url: string) => `ANTHROPIC_BASE_URL=${url} exec ${path} "$@"`,
  },
  codex: {
    fake: codexFake,
    token: CHATGPT,
    file: '.codex/auth.json',
    login: {
      ...{ auth_mode: 'chatgpt', OPENAI_API_KEY: null, last_refresh: '2099-01-01T00:00:00Z' },
      tokens: { id_token: CHATGPT, access_token: CHATGPT, refresh_token: REFRESH, account_id: 'account-1' },
    },
    script(path: string, url: string) {
      const provider = `{name="fake",base_url="${url}/v1",wire_api="responses",requires_openai_auth=true}`;
      return `exec ${path} -c features.apps=false -c 'model_provider="fake"' -c 'model_providers.fake=${provider}' "$@"`;
    },
  },
};

for (const driver of ['claude', 'codex'] as const) {
  const { fake: startFake, token, file, login, script } = MEMBERS[driver];
  const found = assistantProgramOf(driver);
  const missing = MISSING ?? (found.path === undefined ? found.reason : null);
  describe.skipIf(missing)(`${driver} that somebody has logged in${missing ? ` (${missing})` : ''}`, () => {
    let world: TestWorker;
    let fake: AssistantFake;
    let user_home: string;
    beforeAll(async () => {
      fake = await startFake(token);
      user_home = scratch();
      mkdirSync(dirname(join(user_home, file)), { recursive: true });
      writeFileSync(join(user_home, file), JSON.stringify(login), { mode: 0o600 });
      const command = join(scratch(), driver);
      writeFileSync(command, `#!/bin/sh\n${script(found.path!, `http://${nameOf(fake)}`)}\n`);
      chmodSync(command, 0o755);
      const member = assistant(driver, { billing: 'subscription', permissions: 'all', command }, 'member');
      const options = codingOptions(driver, fake, [member]);
      const own = { ...options.deps!.environment, HOME: user_home };
      const given = { ...options, deps: { ...options.deps, environment: own } };
      world = await startTestWorker(await sandboxed(given, fake, [dirname(found.path!)]));
    });
    afterAll(async () => {
      await world?.close();
      await fake?.close();
      dropScratch();
    });
    const start = (description: string): Promise<TestJob> =>
      startJob(world, {
        plan: planOf([{ task_id: 't', description, agent: 'member', max_attempts: 1 }]),
      });

    test("works with the login of the worker's user in its HOME, without a key, for tokens and no money", async () => {
      const job = await start('Work for a member');
      const home = join(world.deps.work_dir, job.job_id, '.assistants/t/home');
      fake.expect('Work for a member', 0, { text: 'I look.', command: 'env | sort; sleep 1' });
      fake.expect('Work for a member', 1, { text: 'Done.' });
      const view = await job.reach('completed', 'failed', 'needs_review');
      expect(view.tasks[0]).toMatchObject({ status: 'completed', output_preview: 'Done.', cost_usd: 0 });
      expect(lstatSync(join(home, file)).isSymbolicLink()).toBe(true);
      expect(readlinkSync(join(home, file))).toBe(join(user_home, file));
      expect(JSON.parse(readFileSync(join(user_home, file), 'utf8'))).toEqual(login);
      const told = fake.calls().at(-1)!;
      expect(told).toContain(`HOME=${home}`);
      expect(told).not.toMatch(/_API_KEY=|sk-fake|sk-ant-fake/);
      expect(view.budget).toMatchObject({ spent_usd: 0, reserved_usd: 0 });
      const [row] = await world.store.readLedger(job.job_id);
      expect(row).toMatchObject({ status: 'settled', cost_usd: 0 });
      expect(row!.usage!.input_tokens + row!.usage!.cache_write_tokens).toBeGreaterThan(1000);
      expect(row!.usage!.output_tokens).toBeGreaterThan(0);
    });

    test('tells what lets it in to nobody, whatever its model has it do with it', async () => {
      const job = await start('Give it away');
      const path = `$HOME/${file}`;
      const command = [
        ...[`cat ${path}`, `base64 -w0 ${path}`, `cat ${path} >&2`],
        `cp ${path} "$ORCHESTRATOR_ARTIFACTS/login.json"`,
        `cp ${path} "$ORCHESTRATOR_ARTIFACTS/${REFRESH}.json"`,
      ].join('; ');
      fake.expect('Give it away', 0, { text: 'I look.', command });
      fake.expect('Give it away', 1, { text: `It is ${token}, and ${REFRESH}.` });
      const view = await job.reach('completed', 'failed', 'needs_review');
      expect(view.tasks[0]).toMatchObject({ status: 'completed', output_preview: 'It is ***, and ***.' });
      // it was there to be told
      expect(fake.calls().at(-1)).toContain(REFRESH);
      await job.result();
      const everything = await allThatIsKept(world, job.job_id, { tasks: true });
      expect(everything).toContain('login.json');
      for (const secret of [token, REFRESH]) {
        expect(everything).not.toContain(secret);
        expect(everything).not.toContain(Buffer.from(secret).toString('base64').slice(4, 24));
      }
    });
  });
}
