import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { Config } from '../../contracts/config.ts';
import { AlertKind } from '../../contracts/event.ts';
import { Submission } from '../../contracts/submission.ts';
import { DEFAULT_WEBHOOK_EVENTS } from '../../contracts/webhook.ts';
import { blocksOf, code, readPage, tableOf } from './page.ts';

const page = readPage('docs/webhooks.md');
const blocks = blocksOf(page);
const names = (head: string) => tableOf(page, head).map(([name]) => code(name));

it('names the events that are sent by default, and every kind of alert', () => {
  expect(names('sent by default')).toEqual(DEFAULT_WEBHOOK_EVENTS);
  expect(names('kind').sort()).toEqual([...AlertKind.options].sort());
});

it('shows ids as deliveries have them', () => {
  const ids = page.match(/(?<=webhook-id: |resend \S+ )\S+/g)!;
  expect(ids).toHaveLength(2);
  for (const id of ids) expect(id).toMatch(/^evt_[0-9a-f]{32}$/);
});

it('shows what can be submitted and configured', () => {
  const { text: submission } = blocks.find(({ note }) => note === 'submission')!;
  expect(Submission.parse(JSON.parse(submission)).webhook).toMatchObject({ events: ['job.*', 'alert'] });
  const { text: config } = blocks.find(({ note }) => note === 'config')!;
  expect(Config.parse(parse(config)).webhooks).toHaveLength(2);
});
