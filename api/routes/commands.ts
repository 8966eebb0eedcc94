import type { z } from 'zod';
import {
  ApproveBody,
  BudgetBody,
  CommandAnswer,
  type CommandInput,
  type CommandName,
  NoteBody,
  RejectBody,
  ReleaseBody,
  ReviseBody,
} from '../../contracts/command.ts';
import { COMMAND_ROUTES } from '../../contracts/command-routes.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { command } from '../jobs/command.ts';
import { IDEMPOTENCY_HEADER, jobParams } from './params.ts';

/** Commands to a job whose body is passed on as it is. */
const PLAIN = {
  approve: ApproveBody,
  reject: RejectBody,
  revise: ReviseBody,
  release_gates: ReleaseBody,
  pause: NoteBody,
  resume: NoteBody,
  finish: NoteBody,
  add_budget: BudgetBody,
} satisfies Partial<Record<CommandName, z.ZodType>>;

/** `POST /orchestrate/{job_id}/approve` and its like */
export function commandRoutes(api: Api, deps: ApiDeps): void {
  for (const name of Object.keys(PLAIN) as (keyof typeof PLAIN)[]) {
    endpoint(
      api,
      {
        ...commandRoute(deps, name),
        params: jobParams,
        body: PLAIN[name] as z.ZodType<Record<string, unknown>>,
        answers: { 200: { description: 'applied', schema: CommandAnswer } },
      },
      async (c, { params, body: args }) =>
        c.json(await command(deps, c, params.job_id, name, args as CommandInput<typeof name>)),
    );
  }
}

/** What the route of a command has by its name: COMMAND_ROUTES, and what all of them have. */
export function commandRoute<N extends CommandName>(deps: ApiDeps, name: N) {
  const { method, path, tag, summary } = COMMAND_ROUTES[name];
  return {
    ...{ method, path, tag, summary },
    operation_id: name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    body_limit: deps.config.config.limits.body_bytes,
    headers: IDEMPOTENCY_HEADER,
    errors: COMMAND_ERRORS,
  };
}

/** How a command may fail. */
export const COMMAND_ERRORS = [
  'conflict',
  'stale_version',
  'idempotency_conflict',
  'no_worker',
  'temporal_unreachable',
] as const;
