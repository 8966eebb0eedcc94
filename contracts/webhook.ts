import { z } from 'zod';
import { OwnerName } from './access.ts';
import { EventType, JobEvent } from './event.ts';
import { matchesWildcard } from './wildcard.ts';

/** Events that a webhook is sent when it names none: what waits for a person, what went wrong, how jobs ended. */
export const DEFAULT_WEBHOOK_EVENTS: readonly EventType[] = [
  'plan.proposed',
  'approval.requested',
  'approval.expired',
  'alert',
  'task.failed',
  'job.rejected',
  'job.completed',
  'job.failed',
  'job.cancelled',
];

/** Whether one of the patterns means that type of event; `*` in them stands for any text. */
export const isWanted = (patterns: readonly string[], type: EventType): boolean =>
  patterns.some((pattern) => matchesWildcard(type, pattern));

const EventPattern = z
  .string()
  .regex(/^[a-z_.*]{1,64}$/, 'must be a type of event, or a pattern with * such as job.*')
  .refine((pattern) => EventType.options.some((type) => isWanted([pattern], type)), {
    error: 'matches no event type',
    when: ({ issues }) => issues.length === 0,
  });

const events = z
  .array(EventPattern)
  .min(1)
  .max(50)
  .optional()
  .describe('event types, or patterns such as job.*; left out: those of interest to a person');

const secret = z
  .string()
  .regex(
    /^\$\{secret:[A-Za-z_][A-Za-z0-9_]*\}$/,
    'must be ${secret:NAME}; the secret itself stands in ORCHESTRATOR_SECRET_NAME of the worker',
  )
  .optional();

const url = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with https:// or http://' })
  .max(2000)
  .refine((text) => !hasCredentials(text), 'must not hold a user or password');

/** Where a job's events are sent, as it is submitted. */
export const Webhook = z
  .strictObject({
    url: url
      .refine((text) => !text.includes('{secret:'), 'must not hold a secret')
      .describe('where events are posted'),
    events,
    secret: secret.describe(
      "${secret:NAME}, which needs an admin's key; left out: the owner's secret, see GET /webhooks/secret",
    ),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof Webhook>;

/** The same, or its address alone. */
export const WebhookInput = z.union([Webhook.shape.url, Webhook]);

/** An entry of `webhooks:` in orchestrator.yaml. */
export const WebhookConfig = z
  .strictObject({
    owner: OwnerName.optional().describe('whose jobs; left out: those of all, and then it needs a secret'),
    url: url.describe('may hold ${secret:NAME}'),
    events,
    secret: secret.describe('${secret:NAME}; left out: the secret of the owner'),
  })
  .superRefine((entry, context) => {
    if (entry.owner !== undefined || entry.secret !== undefined) return;
    const message = 'is required where owner is left out';
    context.addIssue({ code: 'custom', path: ['secret'], message });
  });
export type WebhookConfig = z.infer<typeof WebhookConfig>;

/**
 * What became of a delivery. `pending`: it is tried, again where it failed; `dead`: it was given up; `gone`: the address
 * said that it is not there any more (410), or the configuration does not name it any more.
 */
export const DeliveryStatus = z
  .enum(['pending', 'delivered', 'dead', 'gone'])
  .meta({ id: 'WebhookDeliveryStatus' });
export type DeliveryStatus = z.infer<typeof DeliveryStatus>;

const time = z.iso.datetime().nullable();

/** A line of the delivery log: one event on its way to one address. */
export const WebhookDelivery = z
  .object({
    delivery_id: z.string().describe('the header webhook-id: the same in every attempt'),
    job_id: z.string(),
    seq: z.int().describe('of the event'),
    type: EventType,
    url: z.string(),
    source: z.enum(['job', 'owner']).describe('where the address comes from: the job, or the configuration'),
    status: DeliveryStatus,
    attempts: z.int().describe('attempts since it was created or resent'),
    status_code: z.int().nullable().describe('of the latest answer; null: none came'),
    error: z.string().nullable().describe('why the latest attempt failed'),
    created_at: z.iso.datetime(),
    last_attempt_at: time,
    next_attempt_at: time.describe('null: it is not retried any more'),
    delivered_at: time,
    give_up_at: z.iso.datetime().describe('the first attempt that fails after this is the last one'),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

/** What is posted of an event. */
export const WebhookPayload = z
  .object({
    type: EventType,
    timestamp: z.iso.datetime().describe('of the event'),
    data: JobEvent.describe('as the journal has it'),
  })
  .meta({ id: 'WebhookPayload' });
export type WebhookPayload = z.infer<typeof WebhookPayload>;

/** Body of `POST /webhooks/test`. */
export const WebhookTestBody = Webhook.omit({ events: true }).meta({ id: 'WebhookTestBody' });
export type WebhookTestBody = z.infer<typeof WebhookTestBody>;

/** What came of one try. */
export const WebhookTested = z
  .object({
    webhook_id: z.string(),
    delivered: z.boolean(),
    status_code: z.int().nullable(),
    error: z.string().nullable(),
    duration_ms: z.int(),
  })
  .meta({ id: 'WebhookTested' });
export type WebhookTested = z.infer<typeof WebhookTested>;

/** Answer of `GET /webhooks/secret`, and of its rotation. */
export const WebhookSecret = z
  .object({
    owner: z.string(),
    secret: z.string().describe('whsec_ and base64'),
    overlap_until: time.describe('until then older ones also sign; null: it signs alone'),
  })
  .meta({ id: 'WebhookSecret' });
export type WebhookSecret = z.infer<typeof WebhookSecret>;

/** Body of `POST /webhooks/secret/rotate`. */
export const RotateSecretBody = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(86_400)
      .describe('how long older ones keep signing; 0: they end at once, for instance because one leaked'),
  })
  .meta({ id: 'RotateSecretBody' });

function hasCredentials(text: string): boolean {
  const parsed = URL.parse(text);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}
