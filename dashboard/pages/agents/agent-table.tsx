import { Badge, Group, Table, Text } from '@mantine/core';
import cards from '../../components/cards.module.css';
import { ago, duration } from '../../components/format.ts';
import { Dot } from '../../components/status.tsx';
import { useNow } from '../../components/use-now.ts';
import type { Schemas } from '../../data/api.ts';
import classes from './agents.module.css';

type Agent = Schemas['Agent'];

const KIND: Record<Agent['kind'], string> = {
  llm: 'model',
  command: 'commands',
  http: 'HTTP service',
  human: 'person',
  task_queue: 'task queue',
  coding: 'coding assistant',
};

/** Agents, one a line; on a narrow screen one a card. */
export function AgentTable({ agents }: { agents: readonly Agent[] }) {
  const now = useNow();
  return (
    <Table className={cards.table} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Agent</Table.Th>
          <Table.Th w={140}>Health</Table.Th>
          <Table.Th w={130}>Load</Table.Th>
          <Table.Th w={110}>Kind</Table.Th>
          <Table.Th w="26%">Good at</Table.Th>
          <Table.Th w={150}>Heard of</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {agents.map((agent) => (
          <Table.Tr key={`${agent.owner} ${agent.agent_id}`}>
            <Table.Td>
              <span className={cards.title}>{agent.name}</span>
              {agent.name !== agent.agent_id && <span className={classes.id}>{agent.agent_id}</span>}
              <div className={cards.quiet}>
                {[agent.description, agent.owner === null ? '' : `for jobs of ${agent.owner}`]
                  .filter(Boolean)
                  .join(' · ')}
              </div>
            </Table.Td>
            <Table.Td data-label="Health">
              <Health agent={agent} />
            </Table.Td>
            <Table.Td data-label="Load">
              <Load agent={agent} />
            </Table.Td>
            <Table.Td data-label="Kind">
              <div>
                {KIND[agent.kind]}
                {agent.sla_seconds !== null && (
                  <div className={cards.quiet}>at most {duration(agent.sla_seconds)}</div>
                )}
              </div>
            </Table.Td>
            <Table.Td data-label="Good at">
              <Skills agent={agent} />
            </Table.Td>
            <Table.Td data-label="Heard of" className={cards.number}>
              {agent.last_heartbeat_at === null ? (
                <Text span c="dimmed">
                  from the settings
                </Text>
              ) : (
                <time
                  dateTime={agent.last_heartbeat_at}
                  title={new Date(agent.last_heartbeat_at).toLocaleString()}
                >
                  {ago(agent.last_heartbeat_at, now)}
                </time>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Health({ agent: { health, registered, kind } }: { agent: Agent }) {
  if (health === 'online') {
    return (
      <span className={classes.health}>
        <Dot tone="good" /> online
      </span>
    );
  }
  const why = registered
    ? 'no heartbeat for a minute'
    : kind === 'command'
      ? 'commands are off'
      : 'no provider';
  return (
    <div>
      <span className={classes.health}>
        <Dot tone="bad" /> offline
      </span>
      <div className={cards.quiet}>{why}</div>
    </div>
  );
}

function Load({ agent: { name, load, max_concurrency: max } }: { agent: Agent }) {
  const said = max === null ? `${load} running` : `${load} of ${max} running`;
  return (
    <div className={cards.number}>
      {said}
      {max !== null && (
        <svg
          className={classes.load}
          viewBox="0 0 100 6"
          preserveAspectRatio="none"
          role="img"
          aria-label={`Load of ${name}: ${said}`}
        >
          <rect width={Math.min(100, (load / max) * 100)} height={6} data-full={load >= max || undefined} />
        </svg>
      )}
    </div>
  );
}

function Skills({ agent: { skills, domain, capabilities } }: { agent: Agent }) {
  if (skills.length === 0 && domain === null) return <Text c="dimmed">not said</Text>;
  const described = new Map(capabilities.map(({ name, description }) => [name, description]));
  return (
    <Group gap={4}>
      {domain !== null && (
        <Badge variant="outline" color="gray" tt="none">
          {domain}
        </Badge>
      )}
      {skills.map((skill) => (
        <Badge key={skill} variant="default" tt="none" fw={500} title={described.get(skill) || undefined}>
          {skill}
        </Badge>
      ))}
    </Group>
  );
}
