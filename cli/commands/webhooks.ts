import { type Command, Option } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../input.ts';
import { style } from '../output.ts';
import { localTime, oneLine, table } from '../view/text.ts';
import { given } from './common.ts';

/** `orchestrator webhooks`, `webhooks resend`, `webhooks test`, `webhooks secret` and `webhooks rotate` */
export function webhookCommands(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description('what was sent to outside addresses for a job')
    .addHelpText(
      'after',
      `\nExamples:\n  ${CLI} webhooks j-1a2b3c --status dead
  ${CLI} webhooks resend j-1a2b3c job_5f0c...
  ${CLI} webhooks test https://example.com/hooks
  ${CLI} webhooks rotate --overlap 604800`,
    );
  webhooks
    .command('list', { isDefault: true })
    .description('list what was sent, with what result')
    .argument('<job>', 'id of the job')
    .addOption(
      new Option('--status <status>', 'only these').choices(['pending', 'delivered', 'dead', 'gone']),
    )
    .addHelpText('after', '\nWith --json every line is one delivery.')
    .action(action<{ status?: Status }>(list));
  webhooks
    .command('resend')
    .description('send an event again, under the same id')
    .argument('<job>', 'id of the job')
    .argument('<delivery>', 'id of the delivery')
    .action(
      action(async ({ api, out }, [job, delivery]) => {
        const answer = await dataOf(
          api.POST('/orchestrate/{job_id}/webhooks/{delivery_id}/resend', {
            params: { path: { job_id: job!, delivery_id: delivery! } },
          }),
        );
        out.data(answer);
        out.print(`${answer.delivery_id} (${answer.type}) is sent again to ${answer.url}`);
      }),
    );
  webhooks
    .command('test')
    .description('send a test to an address, signed as events are; exit code 1 if it was not accepted')
    .argument('<url>', 'the address')
    .option(
      '--secret <reference>',
      "${secret:NAME} of the worker's environment (needs an admin's key); default: the owner's secret",
    )
    .action(
      action<{ secret?: string }>(async ({ api, out }, [url], { secret }) => {
        const tested = await dataOf(
          api.POST('/webhooks/test', { body: { url: url!, ...given({ secret }) } }),
        );
        out.data(tested);
        const { delivered, status_code, error, duration_ms, webhook_id } = tested;
        out.print(
          delivered
            ? `${webhook_id} was accepted: ${status_code} after ${duration_ms} ms`
            : `${webhook_id} was not accepted: ${error}`,
        );
        return delivered ? EXIT.ok : EXIT.error;
      }),
    );
  webhooks
    .command('secret')
    .description('print the secret that signs webhooks without one of their own')
    .action(
      action(async ({ api, out }) => {
        const answer = await dataOf(api.GET('/webhooks/secret'));
        out.data(answer);
        out.print(answer.secret);
        if (answer.overlap_until !== null)
          out.note(`older ones also sign until ${localTime(answer.overlap_until)}`);
      }),
    );
  webhooks
    .command('rotate')
    .description('make a new secret and print it; the old one keeps signing alongside it for a while')
    .option(
      '--overlap <seconds>',
      'for how long (86400); 0: the old one ends at once, for instance because it leaked',
      wholeNumber(0),
    )
    .action(
      action<{ overlap?: number }>(async ({ api, out }, _, { overlap }) => {
        const answer = await dataOf(
          api.POST('/webhooks/secret/rotate', { body: given({ overlap_seconds: overlap }) }),
        );
        out.data(answer);
        out.print(answer.secret);
        out.note(
          answer.overlap_until === null
            ? 'deliveries are signed with it alone from now on'
            : `deliveries are also signed with the old one until ${localTime(answer.overlap_until)}`,
        );
      }),
    );
}

type Status = Schemas['WebhookDelivery']['status'];

async function list(
  { api, out }: Context,
  [job]: readonly (string | undefined)[],
  { status }: { status?: Status },
): Promise<void> {
  let cursor: string | undefined;
  const all: Schemas['WebhookDelivery'][] = [];
  do {
    const page: Schemas['WebhookDeliveryList'] = await dataOf(
      api.GET('/orchestrate/{job_id}/webhooks', {
        params: { path: { job_id: job! }, query: given({ status, cursor }) },
      }),
    );
    for (const delivery of page.deliveries) out.line(delivery);
    all.push(...page.deliveries);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  if (all.length === 0) out.note('nothing was sent (yet)');
  else out.print(deliveryTable(all).join('\n'));
}

function deliveryTable(deliveries: Schemas['WebhookDelivery'][]): string[] {
  const head = ['DELIVERY', 'SEQ', 'EVENT', 'STATUS', 'TRIES', 'NEXT', 'TO'].map((text) =>
    style('dim', text),
  );
  const rows = deliveries.map((delivery) => [
    delivery.delivery_id,
    String(delivery.seq),
    delivery.type,
    delivery.status,
    String(delivery.attempts),
    delivery.next_attempt_at === null ? '-' : localTime(delivery.next_attempt_at),
    oneLine(delivery.error === null ? delivery.url : `${delivery.url}: ${delivery.error}`, 160),
  ]);
  return table([head, ...rows]);
}
