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
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { command } from '../jobs/command.ts';
import { IDEMPOTENCY_HEADER, jobParams } from './params.ts';

/** Commands to a job whose body is passed on as it is: the path's last part, the command, the body. */
const COMMAND_ROUTES = [
  ['approve', 'approve', ApproveBody, 'Approve the plan: its tasks begin'],
  ['reject', 'reject', RejectBody, 'Reject the plan: the job ends'],
  ['revise', 'revise', ReviseBody, 'Have the plan made again with the feedback'],
  [
    'release',
    'release_gates',
    ReleaseBody,
    'Open every gate that is waiting now; say which tasks wait from now on',
  ],
  ['pause', 'pause', NoteBody, 'Start no further tasks'],
  ['resume', 'resume', NoteBody, 'Continue after a pause'],
  ['finish', 'finish', NoteBody, 'End a job in review with what it has'],
  ['budget', 'add_budget', BudgetBody, 'Add money; tasks that ran out of it continue'],
] as const satisfies readonly (readonly [string, CommandName, z.ZodType, string])[];

/** `POST /orchestrate/{job_id}/approve` and its like */
export function commandRoutes(api: Api, deps: ApiDeps): void {
  for (const [part, name, body, summary] of COMMAND_ROUTES) {
    endpoint(
      api,
      {
        method: 'post',
        path: `/orchestrate/{job_id}/${part}`,
        operation_id: name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
        tag: 'Commands',
        summary,
        params: jobParams,
        body: body as z.ZodType<Record<string, unknown>>,
        body_limit: deps.config.config.limits.body_bytes,
        headers: IDEMPOTENCY_HEADER,
        answers: { 200: { description: 'applied', schema: CommandAnswer } },
        errors: COMMAND_ERRORS,
      },
      async (c, { params, body: args }) =>
        c.json(await command(deps, c, params.job_id, name, args as CommandInput<typeof name>)),
    );
  }
}

/** How a command may fail. */
export const COMMAND_ERRORS = [
  'conflict',
  'stale_version',
  'idempotency_conflict',
  'no_worker',
  'temporal_unreachable',
] as const;
