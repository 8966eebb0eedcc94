import type { z } from 'zod';
import type { FieldIssue } from '../../contracts/error.ts';
import type { RepositoriesConfig } from '../../contracts/repository/config.ts';
import {
  COMMAND_FIELDS,
  type CommandRole,
  type RepositorySpec,
  repositoryFields,
} from '../../contracts/repository/spec.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import type { Submission } from '../../contracts/submission.ts';
import { type CommandPolicy, commandAllowed } from '../agents/command-policy.ts';
import { branchNameProblem } from '../repository/branch-name.ts';
import { deliverProblem, hostOf, parseLocation } from '../repository/location.ts';

/** Which repositories jobs may work in, from the config. */
export type RepositoryPolicy = Pick<RepositoriesConfig, 'roots' | 'hosts'>;

/** Where no repository may be named. */
export const NO_REPOSITORIES: RepositoryPolicy = { roots: [], hosts: {} };

/** What a submission says of a repository; fields that go with one and stand alone are issues. */
export function repositorySpecOf(given: z.output<typeof Submission>, issues: FieldIssue[]): RepositoryPart {
  const { repository, base_branch, avoid_conflicts, deliver } = given;
  if (repository === undefined) {
    const alone = FIELDS.filter((field) => field !== 'repository' && given[field] !== undefined);
    issues.push(
      ...alone.map((path) => ({ path, issue: 'belongs to repository: name one, or leave it out' })),
    );
    return {};
  }
  const commands = Object.entries(COMMAND_FIELDS).flatMap(([role, field]) =>
    given[field] === undefined ? [] : [[role, given[field]] as const],
  );
  const location = parseLocation(repository);
  const spec: RepositorySpec = {
    location:
      'problem' in location ? repository : location.kind === 'path' ? bare(location.path) : location.url,
    base_branch: base_branch ?? null,
    commands: Object.fromEntries(commands),
    avoid_conflicts: avoid_conflicts ?? true,
    deliver: deliver ?? null,
  };
  return { repository: spec };
}

/**
 * Why a job may not work in its repository here, by field of the submission.
 * @param policy null: it is not known which are allowed
 */
export function repositoryIssues(
  { repository }: JobSpec,
  policy: RepositoryPolicy | null,
  rules: CommandPolicy,
): FieldIssue[] {
  if (!repository) return [];
  const { base_branch, commands, deliver } = repository;
  const where = locationIssue(repository.location, policy);
  const branch = base_branch === null ? null : branchNameProblem(base_branch);
  const delivery = deliver && policy && !where ? deliveryIssue(repository.location, policy, deliver) : null;
  const refused = Object.entries(COMMAND_FIELDS).flatMap(([role, path]) => {
    const command = commands[role as CommandRole];
    const issue = command ? commandAllowed(command, rules) : undefined;
    return issue === undefined ? [] : [{ path, issue }];
  });
  return [
    ...(where ? [{ path: 'repository', issue: where }] : []),
    ...(branch ? [{ path: 'base_branch', issue: branch }] : []),
    ...(delivery ? [{ path: 'deliver', issue: delivery }] : []),
    ...refused,
  ];
}

type RepositoryPart = Pick<JobSpec, 'repository'>;

const FIELDS = Object.keys(repositoryFields) as (keyof typeof repositoryFields)[];

function locationIssue(text: string, policy: RepositoryPolicy | null): string | null {
  if (policy === null) {
    const location = parseLocation(text);
    return 'problem' in location ? location.problem : null;
  }
  const { roots, hosts } = policy;
  if (roots.length === 0 && Object.keys(hosts).length === 0) {
    return 'no repositories are set up here: name folders at repositories.roots of the configuration, or hosts at repositories.hosts';
  }
  const location = parseLocation(text);
  if ('problem' in location) return location.problem;
  if (location.kind !== 'path') {
    const host = hostOf(policy, location);
    return 'problem' in host ? host.problem : null;
  }
  const parts = location.path.split('/');
  if (parts.includes('..') || parts.includes('.')) return 'must not have . or .. in its path';
  if (roots.some((root) => isBelow(bare(root), bare(location.path)))) return null;
  return roots.length === 0
    ? 'no repositories at paths are set up here: name their folder at repositories.roots of the configuration, or use a URL'
    : `must be below one of repositories.roots of the configuration, which are ${roots.join(', ')}: name its folder there too`;
}

function deliveryIssue(
  text: string,
  policy: RepositoryPolicy,
  deliver: NonNullable<RepositorySpec['deliver']>,
): string | null {
  const location = parseLocation(text);
  return 'problem' in location ? null : deliverProblem(policy, location, deliver);
}

/** A path without slashes that say nothing; links are looked at where the repository is. */
const bare = (path: string): string => `/${path.split('/').filter(Boolean).join('/')}`;

const isBelow = (root: string, path: string): boolean =>
  root === '/' || path === root || path.startsWith(`${root}/`);
