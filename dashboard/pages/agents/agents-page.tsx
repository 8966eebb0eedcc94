import { Group, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { hasWords } from '../../components/has-words.ts';
import { Page } from '../../components/page.tsx';
import { Reading } from '../../components/reading.tsx';
import { Search } from '../../components/search.tsx';
import type { Schemas } from '../../data/api.ts';
import { useAgents } from '../../data/jobs.ts';
import { AgentTable } from './agent-table.tsx';

type Agent = Schemas['Agent'];

/** The agents that jobs can have: whether they can take work, what they work on and what they are good at. */
export default function AgentsPage() {
  const agents = useAgents({ again: true });
  const [search, setSearch] = useState('');
  const [health, setHealth] = useState<Agent['health'] | null>(null);
  return (
    <Page title="Agents">
      <Group gap="xs" mb="xs" component="search">
        <Search
          label="Search agents"
          placeholder="Search name, skill, domain"
          value={search}
          onValue={setSearch}
        />
        <Select
          aria-label="Health"
          placeholder="Any health"
          clearable
          data={['online', 'offline'] satisfies Agent['health'][]}
          value={health}
          onChange={(value) => setHealth(value as Agent['health'] | null)}
          w={140}
        />
      </Group>
      <Reading of={agents}>
        {({ agents: all }) => {
          const shown = all.filter(
            (agent) => (health === null || agent.health === health) && fits(agent, search),
          );
          if (shown.length > 0) return <AgentTable agents={shown} />;
          return (
            <Text c="dimmed" py="lg">
              {all.length === 0
                ? 'No agents yet. Put one into the folder agents, or have one register itself: POST /agents.'
                : 'No matching agents.'}
            </Text>
          );
        }}
      </Reading>
    </Page>
  );
}

/** Whether every word of a search is in what an agent says of itself. */
const fits = ({ agent_id, name, description, domain, skills, kind }: Agent, search: string): boolean =>
  hasWords([agent_id, name, description, domain ?? '', kind, ...skills], search);
