import { z } from 'zod';

/** What a message is: delegated work, progress, a result, an error, or plain text. */
export const MessageKind = z
  .enum(['delegation', 'progress', 'result', 'error', 'message'])
  .meta({ id: 'MessageKind' });
export type MessageKind = z.infer<typeof MessageKind>;

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
      task_id: z
        .string()
        .optional()
        .describe('of a delegation: the new task; of progress, result and error: the task that it is about'),
      status: z
        .string()
        .optional()
        .describe(
          'of progress: working, done, error or blocked; of result and error: the status of the task',
        ),
      output: z.string().optional().describe('of progress: what there is so far'),
    }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'JobMessage' });
export type JobMessage = z.infer<typeof JobMessage>;

/** A message on its way to an agent, which reads it on its next turn. */
export interface Delivery {
  id: string;
  from_agent: string;
  /** task of the agent that wrote it, by which it can be answered; null: a person did */
  from_task_id: string | null;
  /** the whole, or the beginning of what `content_ref` holds */
  content: string;
  content_ref: string | null;
  /** left out: words */
  kind?: Exclude<MessageKind, 'delegation' | 'message'>;
  /** of what is no mere word: as in the message's metadata */
  status?: string;
  /** the agent that leads says it: to be heeded, as a person's word is */
  steers?: true;
}

/** An agent of the same job that can be written to. */
export interface Mate {
  task_id: string;
  title: string;
  agent: string | null;
}
