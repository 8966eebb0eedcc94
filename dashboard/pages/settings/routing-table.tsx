import { Table } from '@mantine/core';
import type { Schemas } from '../../data/api.ts';
import classes from './settings.module.css';

type Model = Schemas['RoutedModel'];

/** The routing for those who may only read it. */
export function RoutingTable({ routing }: { routing: Schemas['Routing'] }) {
  const { boss_model, worker_model, fallback, auto_tier, cheap_model } = routing;
  const rows: [string, Model | undefined][] = [
    ['Boss', boss_model],
    ['Worker', worker_model],
    ['Fallback', fallback],
    [auto_tier ? 'Simple tasks' : 'Simple tasks (off)', cheap_model],
    ...Object.entries(routing.specialty_models ?? {}).map(([name, model]): [string, Model] => [
      `Specialty ${name}`,
      model,
    ]),
    ...Object.entries(routing.agent_models ?? {}).map(([name, model]): [string, Model] => [
      `Agent ${name}`,
      model,
    ]),
  ];
  return (
    <Table className={classes.routing} aria-label="Model routing">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>For</Table.Th>
          <Table.Th>Model</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([name, model]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row">{name}</Table.Th>
            <Table.Td>{model === undefined ? 'not set' : `${model.provider} / ${model.model}`}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
