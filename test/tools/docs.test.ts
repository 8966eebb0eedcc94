import { expect, test } from 'vitest';
import { code, readPage, tableOf } from '../docs/page.ts';
import { bench } from './setup.ts';

const PLACES = { anywhere: 'anywhere', host: 'on the host', workflow: 'in the task' };

test('the page on tools names each of them, with its risk and where it runs', async () => {
  const { registry } = await bench({
    credentials: {
      smtp: { url: 'smtp://127.0.0.1', from: 'a@example.com' },
      slack: { token: 'x' },
      github: { token: 'x' },
      openai: { api_key: 'x' },
    },
  });
  const { tools } = await registry.offered({ allow: ['*'], has_mates: true });
  const rows = tableOf(readPage('docs/tools.md'), 'tool').map(([name, risk, runs]) => [
    code(name),
    risk,
    runs,
  ]);
  expect(rows.sort()).toEqual(tools.map(({ name, risk, place }) => [name, risk, PLACES[place]]).sort());
});
