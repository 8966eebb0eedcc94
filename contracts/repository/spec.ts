import { z } from 'zod';
import type { DelegatedBase } from './delegated.ts';

/** What happens to the branch with the results, see docs/repositories.md. */
export const Deliver = z.enum(['branch', 'push', 'pull_request']).meta({ id: 'Deliver' });
export type Deliver = z.infer<typeof Deliver>;

const command = z.string().trim().min(1).max(10_000).nullable().optional();

/** The fields of a submission that make it a repository job. */
export const repositoryFields = {
  repository: z
    .string()
    .trim()
    .min(1)
    .max(2000)
    .optional()
    .describe(
      'where the job works: the absolute path of a repository below one of `repositories.roots`, or a URL of one of `repositories.hosts`',
    ),
  base_branch: z
    .string()
    .trim()
    .min(1)
    .max(250)
    .optional()
    .describe("the branch that the job starts from; left out: the repository's default branch"),
  setup_command: command.describe(
    'run once before the agents begin, for instance to install packages; null: none; left out: by .orchestrator.yaml, else found',
  ),
  check_command: command.describe(
    'decides about every merge: exit code 0 lands it; null: nothing is checked; left out: by .orchestrator.yaml, else found',
  ),
  lock_command: command.describe(
    'makes lock files anew where two changes of them meet; null: none; left out: by .orchestrator.yaml, else found',
  ),
  avoid_conflicts: z
    .boolean()
    .optional()
    .describe('whether tasks whose `files` overlap are kept from running at the same time; default true'),
  deliver: Deliver.optional().describe(
    'what happens to the branch: kept in the repository (a path), pushed, or pushed with a pull request; default branch for a path, push for a URL whose host allows it',
  ),
};

/** The commands of a repository. */
export type CommandRole = 'setup' | 'check' | 'lock';

/** The field of a submission that each of them is given in. */
export const COMMAND_FIELDS = {
  setup: 'setup_command',
  check: 'check_command',
  lock: 'lock_command',
} as const satisfies Record<CommandRole, keyof typeof repositoryFields>;

/** What a job carries of the repository it works in. */
export interface RepositorySpec {
  /** absolute path, or URL without credentials */
  location: string;
  /** null: the repository's default branch */
  base_branch: string | null;
  /** null: none is wanted; left out: by `.orchestrator.yaml`, else found */
  commands: Partial<Record<CommandRole, string | null>>;
  avoid_conflicts: boolean;
  /** null: by `.orchestrator.yaml`, else by where it lies */
  deliver: Deliver | null;
  /** of a job that a task of another one had planned, which no submission can say of itself: it delivers nothing */
  from?: DelegatedBase;
}
