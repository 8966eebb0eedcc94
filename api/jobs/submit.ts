import type { Role } from '../../contracts/access.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import type { SubmitAnswer } from '../../contracts/view.ts';
import { jobSpanId } from '../../telemetry/spans.ts';
import type { PlannedAnswer } from '../../workflows/types.ts';
import { withRights } from '../access/command-rights.ts';
import { checkSigningSecret } from '../access/secret-rights.ts';
import type { ApiDeps } from '../deps.ts';
import { newJobId } from '../request/ids.ts';
import { agentWarnings } from './agent-models.ts';
import { rememberOwner } from './find-job.ts';
import { readPlan } from './plan.ts';
import { startListed } from './start.ts';
import { waitForJob } from './wait.ts';

/** A checked submission on behalf of somebody. */
export interface SubmitRequest {
  owner: string;
  /** who submits it, as the journal says */
  actor: string;
  /** of whom submits it */
  role: Role;
  /** the idempotency key */
  key: string | undefined;
  /** the id of the job, where it does not come from the key */
  job_id?: string;
  /** throws when what was submitted before under the same id must not be said in another way */
  checkBefore?: (body_hash: string) => void;
  spec: JobSpec;
  body_hash: string;
  /** how long to wait for the plan */
  wait_seconds: number;
}

/**
 * Starts a job, or finds the one that the same key started before, and waits for its plan. Throws a ProblemError:
 * `idempotency_conflict` for a key that was used for another body, `gone` for a key whose job was deleted, `forbidden`
 * for commands, or a secret of the service, on behalf of somebody who may have none run, or not use it.
 */
export async function submitJob(
  deps: ApiDeps,
  request: SubmitRequest,
): Promise<{ answer: SubmitAnswer; repeated: boolean }> {
  const { owner, actor, role, key, body_hash } = request;
  const spec = withRights(request.spec, role);
  checkSigningSecret(
    spec.webhook?.secret,
    role,
    spec.brokered ? 'metadata.webhook.secret' : 'webhook.secret',
  );
  const { job_id = newJobId(owner, key), checkBefore = (before) => sameBody(before, body_hash) } = request;
  const named = key !== undefined || request.job_id !== undefined;
  const asked_at = Date.now();
  let planned: PlannedAnswer | null = null;
  const repeated = (named && (await isClosed(deps, job_id, checkBefore))) || !(await start());
  const wait_ms = request.wait_seconds * 1000 - (Date.now() - asked_at);
  const answer = await answerFor(deps, request, job_id, planned ?? wait_ms);
  return { answer, repeated };

  async function start(): Promise<boolean> {
    const began_at = Date.now();
    const created_at = new Date(began_at).toISOString();
    const carried = await withPromptsStored(deps, job_id, spec);
    const started = await startListed(
      deps,
      { job_id, owner, actor, spec: carried, body_hash, created_at },
      request.wait_seconds * 1000,
    );
    rememberOwner(deps, job_id, owner);
    if (started.job === 'started') {
      planned = started.planned;
      deps.log.info({ job_id, owner }, 'job submitted');
      const span = {
        name: 'orchestrator.submit',
        job_id,
        parent: jobSpanId(job_id),
        kind: 'server' as const,
      };
      deps.tracing?.record({ ...span, began_at, ended_at: Date.now() });
      return true;
    }
    checkBefore(started.job.body_hash);
    return false;
  }
}

/** Whether the key's job has closed already; Temporal may have forgotten it. */
async function isClosed(
  deps: ApiDeps,
  job_id: string,
  checkBefore: (body_hash: string) => void,
): Promise<boolean> {
  if (await deps.store.getTombstone(job_id)) {
    throw new ProblemError({
      code: 'gone',
      message: 'The job of this key or id was deleted. Use a new one to start another job.',
    });
  }
  const archived = await deps.store.readArchived(job_id);
  if (archived) checkBefore(archived.body_hash);
  return archived !== null;
}

/** @param known what the job has said, or the milliseconds left to wait for that */
async function answerFor(
  deps: ApiDeps,
  request: SubmitRequest,
  job_id: string,
  known: PlannedAnswer | number,
): Promise<SubmitAnswer> {
  const { owner, spec } = request;
  const view =
    typeof known === 'number'
      ? await waitForJob(deps, owner, job_id, known, ({ status }) => status !== 'planning')
      : known;
  const status = view?.status ?? 'planning';
  // the job stands whatever happens now: a plan that can't be read is one to ask for later
  const plan =
    typeof known === 'object' && known.plan
      ? await deps.store.wholePlan(known.plan)
      : status === 'planning'
        ? null
        : await readPlan(deps, owner, job_id).catch(() => null);
  return {
    job_id,
    status,
    plan,
    warnings: [...new Set([...providerWarnings(deps, spec), ...(view?.warnings ?? [])])],
  };
}

function providerWarnings(deps: ApiDeps, spec: JobSpec): string[] {
  const configured =
    spec.provider === null || callsNoModel(spec)
      ? { ok: true as const }
      : deps.providers[spec.provider].configured();
  const ofAgents = agentWarnings(deps, spec.agents ?? []);
  if (configured.ok) return ofAgents;
  return [`Tasks for models of ${spec.provider} will be blocked: ${configured.reason}`, ...ofAgents];
}

/** Whether the plan that came along has only commands and work for people. */
const callsNoModel = ({ plan }: JobSpec): boolean =>
  plan?.tasks.every(({ agent }) => agent === 'command' || agent === 'human') ?? false;

/** Longer prompts of agents are stored, and the job carries where. */
const CARRIED_PROMPT_BYTES = 1000;

/** The spec without long prompts, which would stand in every history of the job. */
async function withPromptsStored(deps: ApiDeps, job_id: string, spec: JobSpec): Promise<JobSpec> {
  if (!spec.agents) return spec;
  const agents = await Promise.all(
    spec.agents.map(async ({ system_prompt, ...agent }) => {
      if (system_prompt === undefined) return agent;
      if (Buffer.byteLength(system_prompt) <= CARRIED_PROMPT_BYTES) return { ...agent, system_prompt };
      const { sha256 } = await deps.store.putContent({ job_id, source: system_prompt });
      return { ...agent, system_prompt_ref: sha256 };
    }),
  );
  return { ...spec, agents };
}

function sameBody(before: string, now: string): void {
  if (before === now) return;
  throw new ProblemError({
    code: 'idempotency_conflict',
    message: 'This Idempotency-Key was used for another submission. Use a new key, or send the same body.',
  });
}
