import { Button, Group, SegmentedControl, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Page } from '../../components/page.tsx';
import { Reading } from '../../components/reading.tsx';
import type { Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { fetchFile, saveAs } from '../../data/download.ts';
import { useUsage } from '../../data/service.ts';
import { barsOf, dayAfter, type Measure, type Period, queryOf } from './days.ts';
import classes from './usage.module.css';
import { UsageChart } from './usage-chart.tsx';
import { UsageTable } from './usage-table.tsx';

type GroupBy = Schemas['UsageGroup'];

const LAST_DAYS = [7, 30, 90];

/** What model calls used and cost: over time as a picture, and by day, agent, model or job as a table. */
export default function UsagePage() {
  const [period, setPeriod] = useState<Period>({ from: dayAfter(null, -29), to: '' });
  const [measure, setMeasure] = useState<Measure>('cost');
  const [group_by, setGroupBy] = useState<GroupBy>('model');
  const query = queryOf(period);
  const byDay = useUsage({ ...query, group_by: 'day' });
  const report = useUsage({ ...query, group_by });
  const save = useCommand({
    send: async () => {
      const path = `/usage?${new URLSearchParams({ ...query, group_by, format: 'csv' })}`;
      saveAs(await fetchFile(path), `usage-by-${group_by}.csv`);
    },
  });
  return (
    <Page
      title="Usage"
      actions={
        <Button variant="default" loading={save.busy} onClick={() => save.run()}>
          Download CSV
        </Button>
      }
    >
      <PeriodChoice period={period} onPeriod={setPeriod} />
      <Reading of={byDay}>
        {({ rows }) => (
          <>
            <SegmentedControl
              aria-label="What the chart measures"
              value={measure}
              onChange={(value) => setMeasure(value as Measure)}
              data={[
                { value: 'cost', label: 'Cost' },
                { value: 'tokens', label: 'Tokens' },
                { value: 'calls', label: 'Calls' },
              ]}
            />
            <UsageChart bars={barsOf(rows, measure, period)} measure={measure} />
          </>
        )}
      </Reading>
      <Group mt="md" mb="xs" gap="sm">
        <Title order={2}>By</Title>
        <SegmentedControl
          aria-label="Group by"
          value={group_by}
          onChange={(value) => setGroupBy(value as GroupBy)}
          data={[
            { value: 'model', label: 'model' },
            { value: 'agent', label: 'agent' },
            { value: 'job', label: 'job' },
            { value: 'day', label: 'day' },
          ]}
        />
      </Group>
      {/* the refusal of a period is told above */}
      {byDay.error === null && <Reading of={report}>{(read) => <UsageTable report={read} />}</Reading>}
    </Page>
  );
}

/** From and to, both days part of it; days of UTC. */
function PeriodChoice({ period, onPeriod }: { period: Period; onPeriod(period: Period): void }) {
  const { from, to } = period;
  return (
    <Group gap="xs" mb="sm" align="flex-end">
      <TextInput
        type="date"
        label="From"
        value={from}
        onChange={(event) => onPeriod({ from: event.currentTarget.value, to })}
        className={classes.date}
      />
      <TextInput
        type="date"
        label="To, inclusive"
        value={to}
        onChange={(event) => onPeriod({ from, to: event.currentTarget.value })}
        className={classes.date}
      />
      <Button.Group>
        {LAST_DAYS.map((days) => (
          <Preset
            key={days}
            label={`${days} days`}
            wanted={{ from: dayAfter(null, 1 - days), to: '' }}
            {...{ period, onPeriod }}
          />
        ))}
        <Preset label="All" wanted={{ from: '', to: '' }} {...{ period, onPeriod }} />
      </Button.Group>
    </Group>
  );
}

function Preset(props: { label: string; wanted: Period; period: Period; onPeriod(period: Period): void }) {
  const { label, wanted, period, onPeriod } = props;
  const chosen = wanted.from === period.from && wanted.to === period.to;
  return (
    <Button variant={chosen ? 'filled' : 'default'} aria-pressed={chosen} onClick={() => onPeriod(wanted)}>
      {label}
    </Button>
  );
}
