import { Table } from '@mantine/core';
import { Link } from 'wouter';
import { AgeCell, CostCell } from '../../components/cells.tsx';
import { Status } from '../../components/status.tsx';
import classes from '../../components/table.module.css';
import { useNow } from '../../components/use-now.ts';
import type { Schemas } from '../../data/api.ts';

/** Projects, one a line; on a narrow screen one a card. */
export function ProjectTable({ projects }: { projects: readonly Schemas['ProjectItem'][] }) {
  const now = useNow();
  return (
    <Table className={classes.table} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Project</Table.Th>
          <Table.Th w={130}>Status</Table.Th>
          <Table.Th w={130}>Boss</Table.Th>
          <Table.Th w={260}>Workers</Table.Th>
          <Table.Th w={130}>Cost</Table.Th>
          <Table.Th w={80}>Age</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {projects.map((project) => (
          <Table.Tr key={project.id}>
            <Table.Td className={classes.title}>
              <Link href={`/ui/projects/${project.id}`}>{project.title}</Link>{' '}
              <span className={classes.id}>{project.id}</span>
            </Table.Td>
            <Table.Td>
              <Status status={project.needs_review ? 'needs_review' : project.status} />
            </Table.Td>
            <Table.Td className={classes.cut}>{project.boss_agent ?? '…'}</Table.Td>
            <Table.Td className={classes.cut} title={project.workers.join(', ')}>
              {project.workers.length === 0
                ? '…'
                : `${project.workers.length}: ${project.workers.join(', ')}`}
            </Table.Td>
            <CostCell budget={project.budget} />
            <AgeCell at={project.created_at} now={now} />
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
