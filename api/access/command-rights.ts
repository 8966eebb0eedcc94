import type { Role } from '../../contracts/access.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { commandsOfSpec, forbidden } from '../../core/agents/command-rights.ts';

/**
 * Whether a key of that role may have commands run on the machine of the worker. This is the one place that says so.
 * An operator may once commands run where they reach neither the database nor Temporal (a sandbox, a user of their
 * own): then, and only for an installation that has that, it is to be said here. While no key was ever made everybody
 * is an admin.
 */
export const mayRunCommands = (role: Role): boolean => role === 'admin';

/** What goes along with a command to a job, for somebody who may not have commands run. */
export const commandRights = (role: Role): { no_commands?: true } =>
  mayRunCommands(role) ? {} : { no_commands: true };

/** The spec as somebody may submit it. Throws `forbidden` for one that says itself that commands are to run. */
export function withRights(spec: JobSpec, role: Role): JobSpec {
  if (mayRunCommands(role)) return spec;
  const problem = forbidden(commandsOfSpec(spec));
  if (problem) throw new ProblemError(problem);
  return { ...spec, no_commands: true };
}
