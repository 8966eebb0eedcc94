import { z } from 'zod';
import { privateHostIssue } from '../../config/private-hosts.ts';
import { ProblemError } from '../../contracts/error.ts';
import { AgentHealth, AgentId, AgentRegistration, AgentView } from '../../contracts/registry.ts';
import type { Api } from '../access/caller.ts';
import { agentAppeared } from '../agents/appeared.ts';
import { jobsAtWork } from '../agents/at-work.ts';
import { Failure } from '../agents/failure.ts';
import { listAgents, registeredView } from '../agents/views.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { notFound } from '../errors.ts';
import { isHidden } from './params.ts';

const AgentList = z.object({ agents: z.array(AgentView) }).meta({ id: 'AgentList' });
const AgentRemoved = z
  .object({ agent_id: z.string(), status: z.literal('removed') })
  .meta({ id: 'AgentRemoved' });

const tag = 'Agents';
const error_schema = Failure;
const params = { agent_id: AgentId.meta({ description: 'the agent' }) };

/** `GET` and `POST /agents`, `POST /agents/{agent_id}/heartbeat`, `DELETE /agents/{agent_id}` */
export function agentRoutes(api: Api, deps: ApiDeps): void {
  const { store, config } = deps;
  endpoint(
    api,
    {
      method: 'get',
      path: '/agents',
      operation_id: 'listAgents',
      tag,
      error_schema,
      summary: 'Agents available to your jobs: the roster, and registered ones; admins see all',
      query: {
        domain: z.string().max(100).optional(),
        capability: z.string().max(64).optional().describe('the name or a tag of a capability'),
        health: AgentHealth.optional(),
      },
      answers: { 200: { description: 'the agents', schema: AgentList } },
    },
    async (c, { query: { domain, capability, health } }) => {
      const sees = c.get('sees');
      const agents = (await listAgents(deps, sees, await jobsAtWork(deps, sees))).filter(
        (agent) =>
          (domain === undefined || same(agent.domain ?? '', domain)) &&
          (capability === undefined || agent.skills.some((skill) => same(skill, capability))) &&
          (health === undefined || agent.health === health),
      );
      return c.json({ agents });
    },
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/agents',
      operation_id: 'registerAgent',
      tag,
      error_schema,
      summary: 'Register an agent, or replace its registration; waiting tasks that match continue',
      description: 'It serves your jobs. It counts as offline if it sends no heartbeat for 60 s.',
      body: AgentRegistration,
      body_limit: config.config.limits.body_bytes,
      answers: {
        201: { description: 'registered', schema: AgentView },
        200: {
          description: 'an agent with that id existed; its registration was replaced',
          schema: AgentView,
        },
      },
      errors: ['conflict'],
    },
    async (c, { body }) => {
      const owner = c.get('owner');
      refuseTakenName(body.agent_id);
      refusePrivateHost(body.base_url);
      const { agent, before } = await store.registerAgent(owner, body);
      await agentAppeared(deps, owner);
      return c.json(registeredView(agent), before === 'new' ? 201 : 200);
    },
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/agents/{agent_id}/heartbeat',
      operation_id: 'agentHeartbeat',
      tag,
      error_schema,
      summary: "Send a registered agent's heartbeat; needed once a minute",
      params,
      answers: { 200: { description: 'heard', schema: AgentView } },
    },
    async (c, { params: { agent_id } }) => {
      const owner = c.get('owner');
      const heard = await store.beatAgent(owner, agent_id);
      if (heard === null) notFound(`registered agent '${agent_id}'; register it first`);
      if (heard.before === 'offline' && heard.agent.health === 'online') await agentAppeared(deps, owner);
      return c.json(registeredView(heard.agent));
    },
  );
  endpoint(
    api,
    {
      method: 'delete',
      path: '/agents/{agent_id}',
      operation_id: 'removeAgent',
      tag,
      error_schema,
      summary: 'Remove a registered agent; it may still answer what it is working on',
      params,
      query: {
        owner: z.string().max(200).optional().describe('whose agent, for admins; yours without'),
      },
      answers: { 200: { description: 'forgotten', schema: AgentRemoved } },
    },
    async (c, { params: { agent_id }, query: { owner = c.get('owner') } }) => {
      const removed = !isHidden(c.get('sees'), owner) && (await store.removeAgent(owner, agent_id));
      if (!removed) notFound(`registered agent '${agent_id}'`);
      return c.json({ agent_id, status: 'removed' as const });
    },
  );

  function refusePrivateHost(base_url: string | undefined): void {
    const allowed = config.config.tools.allow_private_hosts;
    const issue = base_url === undefined ? null : privateHostIssue(base_url, allowed);
    if (issue === null) return;
    const fields = [{ path: 'base_url', issue }];
    throw new ProblemError({
      code: 'validation',
      message: `The agent can't be reached there: ${issue}.`,
      fields,
    });
  }

  function refuseTakenName(agent_id: string): void {
    if (!config.roster.some(({ name }) => name === agent_id)) return;
    const issue = 'an agent of the configuration has this name; choose another';
    throw new ProblemError({
      code: 'conflict',
      message: `The agent_id '${agent_id}' is taken.`,
      fields: [{ path: 'agent_id', issue }],
    });
  }
}

const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();
