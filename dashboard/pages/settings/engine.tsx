import { Anchor, Table, Title } from '@mantine/core';
import { Facts } from '../../components/facts.tsx';
import { Reading } from '../../components/reading.tsx';
import { Dot } from '../../components/status.tsx';
import type { Schemas } from '../../data/api.ts';
import { useEngine } from '../../data/service.ts';
import classes from './settings.module.css';

type EngineState = Schemas['Engine'];
type Queue = EngineState['temporal']['task_queues'][number];

const DATABASE: Record<EngineState['database']['kind'], string> = {
  sqlite: 'SQLite, a file of this machine',
  postgresql: 'PostgreSQL',
};
const COMMANDS: Record<EngineState['commands'], string> = {
  on: 'any',
  off: 'none: tasks may not run commands',
  allowlist: 'those of command_allowlist',
};

/** What the service runs on, as it is now. It is set by environment variables and orchestrator.yaml, not here. */
export function Engine() {
  return <Reading of={useEngine()}>{(engine) => <EngineFacts engine={engine} />}</Reading>;
}

function EngineFacts({ engine }: { engine: EngineState }) {
  const { version, node_version, temporal, database, commands, tracing } = engine;
  const { address, namespace, reachable, server_version, ui_url, task_queues } = temporal;
  return (
    <div className={classes.engine}>
      <section aria-labelledby="engine-temporal">
        <Title order={2} id="engine-temporal">
          Temporal
        </Title>
        <Facts
          facts={[
            [
              'Server',
              <Answers key="server" ok={reachable} of={server_version && `version ${server_version}`} />,
            ],
            ['Address', address],
            ['Namespace', namespace],
            [
              'Workflows',
              ui_url && (
                <Anchor key="ui" href={ui_url} target="_blank" rel="noreferrer" size="sm" underline="always">
                  in the Temporal Web UI
                </Anchor>
              ),
            ],
            ['Workers', <Workers key="workers" queue={task_queues[0]} />],
          ]}
        />
        <Table className={classes.queues}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Task queue</Table.Th>
              <Table.Th>Workers</Table.Th>
              <Table.Th>Waiting</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {task_queues.map(({ name, workers, waiting }) => (
              <Table.Tr key={name}>
                <Table.Td>{name}</Table.Td>
                <Table.Td>{workers ?? 'unknown'}</Table.Td>
                <Table.Td>{waiting ?? 'unknown'}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      <section aria-labelledby="engine-service">
        <Title order={2} id="engine-service">
          Service
        </Title>
        <Facts
          facts={[
            ['Orchestrator', `version ${version}`],
            ['Node', `version ${node_version}`],
            ['Database', <Answers key="database" ok={database.reachable} of={DATABASE[database.kind]} />],
            ['Commands', COMMANDS[commands]],
            ['Traces', tracing ? 'sent over OTLP' : 'off. Set OTEL_EXPORTER_OTLP_ENDPOINT to enable.'],
          ]}
        />
      </section>
    </div>
  );
}

function Answers({ ok, of }: { ok: boolean; of: string | null }) {
  return (
    <span className={classes.state}>
      <Dot tone={ok ? 'good' : 'bad'} />
      {[of, ok ? 'answers' : 'does not answer'].filter(Boolean).join(', ')}
    </span>
  );
}

/** Worker processes that take jobs: those of the first queue, where workflows are. */
function Workers({ queue }: { queue: Queue | undefined }) {
  const workers = queue?.workers ?? null;
  if (workers === null) return 'unknown';
  if (workers > 0) return workers === 1 ? '1 process' : `${workers} processes`;
  return (
    <span className={classes.state}>
      <Dot tone="bad" /> none: no job continues until one is started (npm run worker)
    </span>
  );
}
