import { z } from 'zod';
import type { TaskStatus } from './status.ts';

/** A media type as agents may give it, parameters included: printable, so that it moves no terminal that shows it. */
export const GivenMediaType = z
  .string()
  .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *;[ -~]*)?$/, 'not a media type')
  .max(255);

/** A named output of a task, stored by content hash. */
export const Artifact = z
  .object({
    artifact_id: z.string(),
    name: z.string(),
    media_type: z.string(),
    size_bytes: z.int().nonnegative(),
    sha256: z.string(),
    task_id: z.string().nullable().describe('null: made by the job itself, the synthesis for instance'),
  })
  .meta({ id: 'Artifact' });
export type Artifact = z.infer<typeof Artifact>;

/**
 * A file that a task left and that did not become an artifact, wholly or in part; `outputs`: what its command printed as
 * outputs, and that could not be taken as such.
 */
export const LeftOutFile = z
  .object({
    name: z.string().describe('its path in the folder of artifacts'),
    reason: z.string(),
  })
  .meta({ id: 'LeftOutFile' });
export type LeftOutFile = z.infer<typeof LeftOutFile>;

/** What a task gave back. Over {@link INLINE_BYTES}, text and data travel as a hash of the artifact store. */
export interface TaskOutput {
  /** the first {@link PREVIEW_CHARS} characters */
  preview: string;
  bytes: number;
  text?: string;
  text_ref?: string;
  data?: Record<string, unknown>;
  data_ref?: string;
}

/** Longest output, in UTF-8 bytes, that stands in Temporal's history itself. */
export const INLINE_BYTES = 1024;

/** Length of an output's preview, in characters. */
export const PREVIEW_CHARS = 400;

/** What a finished task hands to those that depend on it. */
export interface DependencyResult {
  task_id: string;
  title: string;
  status: TaskStatus;
  output: TaskOutput | null;
  artifacts: Artifact[];
  /** of a plan in steps: its place from 1, and the beginning of what it was to do */
  step?: { number: number; description: string };
}
