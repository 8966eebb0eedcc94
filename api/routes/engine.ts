import { z } from 'zod';
import { commandRule } from '../../config/roster/snapshot.ts';
import { ownVersion } from '../../config/version.ts';
import type { Api } from '../access/caller.ts';
import { databaseAnswers } from '../database-answers.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';

const TaskQueueState = z
  .object({
    name: z.string(),
    workers: z.int().nullable().describe('processes that poll it; null: not known'),
    waiting: z.int().nullable().describe('approximate number of Temporal tasks waiting in it'),
  })
  .meta({ id: 'TaskQueueState' });

const Engine = z
  .object({
    version: z.string().describe('of this installation'),
    node_version: z.string(),
    temporal: z.object({
      address: z.string().describe('host:port'),
      namespace: z.string(),
      reachable: z.boolean(),
      server_version: z.string().nullable(),
      ui_url: z
        .string()
        .nullable()
        .describe('workflows in the Temporal Web UI; null: nobody says where it is'),
      task_queues: z
        .array(TaskQueueState)
        .describe('those that all workers share; each host has one more, for its folders'),
    }),
    database: z.object({ kind: z.enum(['sqlite', 'postgresql']), reachable: z.boolean() }),
    commands: z.enum(['on', 'off', 'allowlist']).describe('whether tasks may run commands'),
    tracing: z.boolean().describe('whether traces are sent over OTLP'),
  })
  .meta({ id: 'Engine' });

/** `GET /settings/engine` */
export function engineRoute(api: Api, deps: ApiDeps): void {
  const version = ownVersion();
  endpoint(
    api,
    {
      method: 'get',
      path: '/settings/engine',
      operation_id: 'readEngine',
      tag: 'Service',
      summary: 'What the service runs on: Temporal, task queues, workers, database, versions',
      answers: { 200: { description: 'as it is now', schema: Engine } },
    },
    async (c) => {
      const [{ server_version, ...temporal }, database_reachable] = await Promise.all([
        deps.gateway.engine(),
        databaseAnswers(deps.store),
      ]);
      return c.json({
        version,
        node_version: process.versions.node,
        temporal: {
          ...temporal,
          reachable: server_version !== null,
          server_version,
          ui_url: deps.ui_url,
        },
        database: { kind: deps.store.database, reachable: database_reachable },
        commands: commandRule(deps.config.config),
        tracing: deps.tracing !== undefined,
      });
    },
  );
}
