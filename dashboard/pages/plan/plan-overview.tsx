import { Text } from '@mantine/core';
import { commandText } from '../../../contracts/command-text.ts';
import { visible } from '../../../contracts/hidden-text.ts';
import { modelCost } from '../../../contracts/plan.ts';
import { duration, usd } from '../../components/format.ts';
import type { Schemas } from '../../data/api.ts';
import classes from './plan.module.css';

/** What a plan as a whole says: why it is so, what it will take, what it must meet. */
export function PlanOverview({ plan }: { plan: Schemas['Plan'] }) {
  const { rationale, warnings, objectives, constraints, acceptance_criteria, forecast } = plan;
  const covered = new Set(plan.tasks.flatMap((task) => task.acceptance_criteria ?? []));
  return (
    <>
      <Text className={classes.text}>{visible(rationale) || 'The plan gives no rationale.'}</Text>
      <Text c="dimmed" mt={6}>
        About {duration(forecast.seconds_critical_path)} on the critical path, {modelCost(forecast, usd)}.{' '}
        {forecast.basis}
      </Text>
      <Lines title="Warnings" lines={[...new Set(warnings)]} />
      <Lines
        title="Acceptance criteria"
        lines={acceptance_criteria.map(
          ({ criterion_id, text, command }) =>
            `${criterion_id}: ${text}${command == null ? '' : ` (checked by: ${commandText(command)})`}${covered.has(criterion_id) ? '' : ' (no task covers it)'}`,
        )}
      />
      <Lines title="Objectives" lines={objectives} />
      <Lines title="Constraints" lines={constraints} />
    </>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <Text fw={550} mt="sm">
        {title}
      </Text>
      <ul className={classes.list}>
        {lines.map((line) => (
          <li key={line}>{visible(line)}</li>
        ))}
      </ul>
    </>
  );
}
