import { z } from 'zod';

/** What a message is: work handed on, news of it, what came of it, what went wrong, or words. */
export const MessageKind = z
  .enum(['delegation', 'progress', 'result', 'error', 'message'])
  .meta({ id: 'MessageKind' });

/** Whom a message is for, or of whom it comes, where that is a person. */
export const OPERATOR = 'operator';

/** The receiver of what everybody is to read. */
export const EVERYBODY = 'all';

/** Longest content, in UTF-8 bytes, that stands in a job's journal itself. */
export const MESSAGE_BYTES = 4096;

/** Something that was said in a job, between agents and operators. */
export const JobMessage = z
  .object({
    id: z.string(),
    from_agent: z.string().describe('name of the agent, or `operator`'),
    to_agent: z.string().nullable().describe('name of the agent; null: everybody'),
    kind: MessageKind,
    content: z.string(),
    metadata: z.object({
      from_task_id: z.string().nullable().describe('task of the agent that wrote it; null: a person did'),
      to_task_ids: z.array(z.string()).describe('tasks whose agents get it'),
      content_ref: z
        .string()
        .nullable()
        .describe('SHA-256 of the content, where it is too long for the journal'),
    }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'JobMessage' });
export type JobMessage = z.infer<typeof JobMessage>;

/** A message on its way to an agent, who reads it with its next turn. */
export interface Delivery {
  id: string;
  from_agent: string;
  /** task of the agent that wrote it, by which it can be answered; null: a person did */
  from_task_id: string | null;
  /** the whole, or the beginning of what `content_ref` holds */
  content: string;
  content_ref: string | null;
}

/** An agent of the same job that can be written to. */
export interface Mate {
  task_id: string;
  title: string;
  agent: string | null;
}
