import { z } from 'zod';
import { Id } from '../../../contracts/plan.ts';
import type { Api } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { endpoint } from '../../endpoint.ts';
import { lastEventId, position } from '../../events/cursor.ts';
import { jobStream } from '../../events/job-stream.ts';
import { eventStream } from '../../events/sse.ts';
import { withAgentModels } from '../../jobs/agent-models.ts';
import { readMessages } from '../../jobs/messages.ts';
import { currentSnapshot } from '../../jobs/snapshot.ts';
import { submitJob } from '../../jobs/submit.ts';
import { idempotencyKey } from '../../request/ids.ts';
import { bodyHash } from '../../request/json.ts';
import { preferredWait } from '../../request/prefer.ts';
import { count } from '../../request/query.ts';
import { COMMAND_ERRORS } from '../../routes/commands.ts';
import { IDEMPOTENCY_HEADER } from '../../routes/params.ts';
import { AgentNews, projectFrames, StatusNews } from './events.ts';
import { listProjects, readProject, readProjectView } from './read.ts';
import { ProjectRequest, projectSpec } from './request.ts';
import { Said, SayRequest, say } from './say.ts';
import { pause, resume, StopRequest, start, stop } from './steer.ts';
import { Project, ProjectItem, ProjectMessage, toProjectMessage } from './view.ts';
import { ProjectStatus } from './words.ts';

const Projects = z.object({ projects: z.array(ProjectItem) }).meta({ id: 'Projects' });
const ProjectMessages = z
  .object({ messages: z.array(ProjectMessage), next_after: z.int().describe('`after` of the next page') })
  .meta({ id: 'ProjectMessages' });
const News = eventStream(
  '`id`, `event`, `data`; `status` has a ProjectStatusNews, `agent` a ProjectAgentNews, `message` a ProjectMessage',
);

const tag = 'Projects';
const params = { id: Id.meta({ description: 'the project' }) };
const readErrors = ['no_worker', 'temporal_unreachable'] as const;

/** Boss and workers, `/projects`: a job that an agent leads, in words of its own. */
export function projectRoutes(api: Api, deps: ApiDeps): void {
  for (const news of [StatusNews, AgentNews]) api.openAPIRegistry.register(news.meta()!.id!, news);
  makeRoutes(api, deps);
  steerRoutes(api, deps);
  messageRoutes(api, deps);
}

function makeRoutes(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/projects',
      operation_id: 'createProject',
      tag,
      summary: 'Create a project of a boss and workers; it begins when it is started',
      description: 'Unknown fields are ignored.',
      body: ProjectRequest,
      body_limit: deps.config.config.limits.body_bytes,
      yaml: true,
      headers: {
        ...IDEMPOTENCY_HEADER,
        Prefer: '`wait=N`: seconds to wait until it can be started; 30 without',
      },
      answers: {
        201: { description: 'it is there, in `planning`', schema: Project },
        200: { description: 'the project that this key created earlier', schema: Project },
      },
      errors: ['idempotency_conflict', 'gone', ...readErrors],
    },
    async (c, { body }) => {
      const snapshot = await currentSnapshot(deps, c.get('owner'));
      const spec = withAgentModels(deps, projectSpec(body, snapshot, deps.config.config.repositories));
      const { answer, repeated } = await submitJob(deps, {
        owner: c.get('owner'),
        actor: c.get('actor'),
        role: c.get('role'),
        key: idempotencyKey(c.req.header('idempotency-key')),
        spec,
        body_hash: bodyHash(body),
        wait_seconds: preferredWait(c.req.header('prefer')),
      });
      const project = await readProject(deps, c.get('sees'), answer.job_id);
      const warnings = [...new Set([...answer.warnings, ...project.warnings])];
      c.header('Location', `/projects/${answer.job_id}`);
      return c.json({ ...project, warnings }, repeated ? 200 : 201);
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/projects',
      operation_id: 'listProjects',
      tag,
      summary: 'Your projects, newest first',
      query: { status: ProjectStatus.optional(), limit: count(1, 500).default(50) },
      answers: { 200: { description: 'the projects', schema: Projects } },
      errors: ['temporal_unreachable'],
    },
    async (c, { query }) => c.json({ projects: await listProjects(deps, { sees: c.get('sees'), ...query }) }),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/projects/{id}',
      operation_id: 'readProject',
      tag,
      summary: 'A project with its agents, and what each is doing',
      params,
      answers: { 200: { description: 'the project', schema: Project } },
      errors: readErrors,
    },
    async (c, { params: { id } }) => c.json(await readProject(deps, c.get('sees'), id)),
  );
}

function steerRoutes(api: Api, deps: ApiDeps): void {
  const steps = [
    ['start', start, 'Start: the boss sets to work'],
    ['pause', pause, 'Start no new turns or delegations; calls in flight finish'],
    ['resume', resume, 'Continue after a pause'],
    ['stop', stop, 'Stop everything and end it: it is `failed`, with the reason `cancelled`'],
  ] as const;
  const done = { 200: { description: 'done', schema: Project } };
  const stopping = { description: 'what was running has not ended within 30 s', schema: Project };
  for (const [name, act, summary] of steps) {
    endpoint(
      api,
      {
        method: 'post',
        path: `/projects/{id}/${name}`,
        operation_id: `${name}Project`,
        tag,
        summary,
        params,
        body: StopRequest,
        body_limit: deps.config.config.limits.body_bytes,
        headers: IDEMPOTENCY_HEADER,
        answers: name === 'stop' ? { ...done, 202: stopping } : done,
        errors: COMMAND_ERRORS,
      },
      async (c, { params: { id }, body }) => {
        const view = await readProjectView(deps, c.get('sees'), id);
        const { pending } = await act(deps, c, view, body);
        return c.json(await readProject(deps, c.get('sees'), id), pending ? 202 : 200);
      },
    );
  }
}

function messageRoutes(api: Api, deps: ApiDeps): void {
  const common = { path: '/projects/{id}/messages', tag, params } as const;
  endpoint(
    api,
    {
      ...common,
      method: 'post',
      operation_id: 'sayInProject',
      summary: 'Write to an agent of the project, or to all; read on the next turn',
      body: SayRequest,
      body_limit: deps.config.config.limits.body_bytes,
      headers: IDEMPOTENCY_HEADER,
      answers: { 201: { description: 'sent', schema: Said } },
      errors: COMMAND_ERRORS,
    },
    async (c, { params: { id }, body }) => {
      await readProjectView(deps, c.get('sees'), id);
      return c.json(await say(deps, c, id, body), 201);
    },
  );
  endpoint(
    api,
    {
      ...common,
      method: 'get',
      operation_id: 'listProjectMessages',
      summary: 'What was delegated, reported and said, oldest first',
      query: {
        after: position.default(0).describe('`next_after` of the page before'),
        limit: count(1, 500).default(100),
      },
      answers: { 200: { description: 'the messages', schema: ProjectMessages } },
      errors: readErrors,
    },
    async (c, { params: { id }, query }) => {
      await readProjectView(deps, c.get('sees'), id);
      const page = await readMessages(deps, c.get('sees'), { job_id: id, ...query });
      return c.json({ ...page, messages: page.messages.map((message) => toProjectMessage(id, message)) });
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/projects/{id}/events',
      operation_id: 'projectEvents',
      tag,
      summary: 'Statuses, agents and messages after an id, live until the project has ended',
      params,
      query: { after: position.default(0).describe('the last id that was received') },
      headers: { 'Last-Event-ID': 'the last id that was received; takes precedence over `after`' },
      answers: {
        200: { description: 'the events', media: { 'text/event-stream': News } },
        204: { description: 'the project has ended, and you have all its events' },
      },
      errors: readErrors,
    },
    async (c, { params: { id }, query }) => {
      await readProjectView(deps, c.get('sees'), id);
      const after = lastEventId(c) ?? query.after;
      return await jobStream(deps, id, after, { toFrames: projectFrames(deps, c.get('sees'), id) });
    },
  );
}
