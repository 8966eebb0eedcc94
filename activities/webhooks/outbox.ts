import { createHash } from 'node:crypto';
import type { Config } from '../../contracts/config.ts';
import type { JobEvent } from '../../contracts/event.ts';
import {
  DEFAULT_WEBHOOK_EVENTS,
  isWanted,
  type Webhook,
  type WebhookConfig,
} from '../../contracts/webhook.ts';
import type { Outbox } from '../../store/index.ts';

/** Events of one job, whose it is, and where the job itself wants them sent. */
export interface Batch {
  owner: string;
  events: readonly JobEvent[];
  webhook?: Webhook | undefined;
}

/** What is to be sent of a batch of events, to the job's own address and to those of its owner; undefined: nothing. */
export function outboxOf(
  { webhooks, limits }: Pick<Config, 'webhooks' | 'limits'>,
  { owner, events, webhook }: Batch,
): Outbox | undefined {
  const job_id = events[0]?.job_id;
  if (job_id === undefined) return undefined;
  const targets = [
    ...(webhook
      ? [{ endpoint_id: endpointIdOfJob(job_id, webhook), source: 'job' as const, ...webhook }]
      : []),
    ...webhooks
      .filter((entry) => entry.owner === undefined || entry.owner === owner)
      .map((entry) => ({ endpoint_id: endpointIdOf(entry), source: 'owner' as const, ...entry })),
  ];
  // two entries may name one address: it is sent what either wants
  const byId = Map.groupBy(targets, ({ endpoint_id }) => endpoint_id);
  const deliveries = [...byId].flatMap(([endpoint_id, those]) => {
    const patterns: string[] = those.flatMap((target) => target.events ?? [...DEFAULT_WEBHOOK_EVENTS]);
    return events
      .filter(({ type }) => isWanted(patterns, type))
      .map(({ seq, type }) => ({
        delivery_id: shortHash('evt', [endpoint_id, job_id, seq]),
        ...{ endpoint_id, job_id, seq, type },
      }));
  });
  const used = new Set(deliveries.map(({ endpoint_id }) => endpoint_id));
  if (used.size === 0) return undefined;
  const endpoints = [...byId.values()]
    .map(([target]) => target!)
    .filter(({ endpoint_id }) => used.has(endpoint_id))
    .map(({ endpoint_id, source, url, secret = null }) => ({
      ...{ endpoint_id, source, url, secret },
      job_id: source === 'job' ? job_id : null,
    }));
  const now = new Date();
  const give_up_at = new Date(now.getTime() + limits.webhook_retry_seconds * 1000).toISOString();
  return { endpoints, deliveries, now: now.toISOString(), give_up_at };
}

/** The id of an address of the configuration: the same while owner and address are. */
export const endpointIdOf = ({ owner, url }: WebhookConfig): string =>
  shortHash('owner', [owner ?? null, url]);

const endpointIdOfJob = (job_id: string, { url }: Webhook): string => shortHash('job', [job_id, url]);

const shortHash = (kind: string, parts: unknown[]): string =>
  `${kind}_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
