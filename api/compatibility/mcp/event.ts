import { z } from 'zod';
import type { FeedEntry } from '../../../store/index.ts';
import { eventWord } from './words.ts';

/** An event of the owner's feed, in the words of this API. */
export const McpEvent = z
  .object({
    id: z.int().describe('its position in the feed'),
    type: z.string().describe('for instance orchestra.task.started, orchestra.workflow.carry.trimmed'),
    at: z.iso.datetime(),
    taskId: z.string(),
    stepId: z.string().nullable(),
    attempt: z.int().nullable(),
    actor: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TaskToolEvent' });
export type McpEvent = z.infer<typeof McpEvent>;

/** Translates an entry of the feed. */
export const toMcpEvent = ({ position, event }: FeedEntry): McpEvent => ({
  id: position,
  type: eventWord(event.type),
  at: event.at,
  taskId: event.job_id,
  stepId: event.task_id ?? null,
  attempt: event.attempt ?? null,
  actor: event.actor ?? null,
  data: event.data,
});
