import { Button, Group, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { Page } from '../../components/page.tsx';
import { Reading } from '../../components/reading.tsx';
import type { Schemas } from '../../data/api.ts';
import { useProjects } from '../../data/projects.ts';
import { ProjectTable } from './project-table.tsx';

type Word = Schemas['ProjectStatus'];

const STATUSES: readonly Word[] = ['planning', 'running', 'paused', 'completed', 'failed'];
const FEW = 50;
/** As many as one answer holds. */
const MANY = 500;

/** All projects: how they stand, who leads them and who works for them, what they cost. */
export default function ProjectsPage() {
  const [status, setStatus] = useState<Word | null>(null);
  const [limit, setLimit] = useState(FEW);
  const projects = useProjects({ limit, ...(status ? { status } : {}) });
  return (
    <Page
      title="Projects"
      actions={
        <Button component={Link} href="/ui/projects/new">
          New project
        </Button>
      }
    >
      <Group gap="xs" mb="xs" component="search">
        <Select
          aria-label="Status"
          placeholder="Any status"
          clearable
          data={STATUSES}
          value={status}
          onChange={(value) => setStatus(value as Word | null)}
          w={160}
        />
      </Group>
      <Reading of={projects}>
        {({ projects: shown }) =>
          shown.length === 0 ? (
            <Text c="dimmed" py="lg">
              {status === null
                ? 'No projects yet. In a project a boss leads: it delegates to workers, reads what they report, and completes it.'
                : 'No matching projects.'}
            </Text>
          ) : (
            <ProjectTable projects={shown} />
          )
        }
      </Reading>
      {limit === FEW && projects.data?.projects.length === FEW && (
        <Button variant="default" mt="sm" loading={projects.isFetching} onClick={() => setLimit(MANY)}>
          Earlier projects
        </Button>
      )}
    </Page>
  );
}
