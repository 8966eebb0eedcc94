import { Alert, Text } from '@mantine/core';
import { Reading } from '../../components/reading.tsx';
import type { Schemas } from '../../data/api.ts';
import { useMe, useRouting } from '../../data/service.ts';
import { RoutingForm } from './routing-form.tsx';
import { RoutingTable } from './routing-table.tsx';
import classes from './settings.module.css';

/** Which models agents use if nothing else names one: to be changed with a key of an admin, to be read with others. */
export function Routing() {
  const me = useMe();
  return (
    <Reading of={useRouting()}>
      {(settings) => (
        <>
          <Text mb="xs">
            For agents whose task, file and job name no model. The first one set wins: the agent's own, its
            specialty's, the cheap model for simple tasks, that of boss or worker, the fallback. It applies
            from the next call on; a working agent keeps its model until its attempt ends.
          </Text>
          <Text c="dimmed" mb="sm">
            {sourceOf(settings)}
          </Text>
          {settings.warnings.length > 0 && (
            <Alert color="orange" variant="outline" p="xs" mb="sm">
              <Text fw={550}>Models that can't be used at present</Text>
              <ul className={classes.warnings}>
                {settings.warnings.map((warning) => (
                  <li key={warning}>{warning}</li>
                ))}
              </ul>
            </Alert>
          )}
          <Reading of={me}>
            {({ role }) =>
              role === 'admin' ? (
                <RoutingForm settings={settings} />
              ) : (
                <>
                  <Alert color="gray" variant="outline" p="xs" mb="sm">
                    Your key has the role {role}: routing applies to everybody, so only an admin&apos;s key
                    can change it.
                  </Alert>
                  <RoutingTable routing={settings.routing} />
                </>
              )
            }
          </Reading>
        </>
      )}
    </Reading>
  );
}

function sourceOf({ source, updated_at, updated_by }: Schemas['RoutingSettings']): string {
  if (source === 'config' || updated_at === null) return 'As in orchestrator.yaml.';
  return `Saved here by ${updated_by} on ${new Date(updated_at).toLocaleString()}; it overrides orchestrator.yaml.`;
}
