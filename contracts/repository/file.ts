import { z } from 'zod';
import { Deliver } from './spec.ts';

const command = z
  .string('must be a command, or null for none')
  .trim()
  .min(1, 'must not be empty; null for none')
  .max(10_000)
  .refine((text) => !text.includes('\0'), 'must not hold a NUL')
  .nullable()
  .optional();

/** `.orchestrator.yaml` at the root of a repository: what counts where a submission says nothing else. */
export const RepositoryFile = z.strictObject({
  setup_command: command,
  check_command: command,
  lock_command: command,
  deliver: Deliver.nullable().optional(),
});
export type RepositoryFile = z.infer<typeof RepositoryFile>;
