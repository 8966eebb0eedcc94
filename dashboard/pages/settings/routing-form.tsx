import { Alert, Box, Button, Group, Switch, Title } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../../../client/errors.ts';
import { Specialty } from '../../../contracts/job-agent.ts';
import { Problem } from '../../components/problem.tsx';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { useAgents } from '../../data/jobs.ts';
import { keys } from '../../data/keys.ts';
import { queryClient } from '../../data/query-client.ts';
import { ModelField } from './model-field.tsx';
import { NamedModels } from './named-models.tsx';
import { draftOf, type Mistake, mistakesOf, type RoutingDraft, toRouting } from './routing-draft.ts';
import classes from './settings.module.css';

/** The routing as a form that replaces it as a whole. What the service refuses is told at its field. */
export function RoutingForm({ settings }: { settings: Schemas['RoutingSettings'] }) {
  const [edited, setEdited] = useState<{ draft: RoutingDraft; base: string | null } | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [local, setLocal] = useState<readonly Mistake[]>([]);
  const names = useAgents().data?.agents.map(({ agent_id }) => agent_id) ?? [];
  const draft = edited?.draft ?? draftOf(settings.routing);
  const change = (part: Partial<RoutingDraft>) => {
    setEdited({ draft: { ...draft, ...part }, base: edited?.base ?? settings.updated_at });
    forget();
  };
  const forget = () => {
    setError(null);
    setLocal([]);
  };
  const discard = () => {
    setEdited(null);
    forget();
  };
  const save = useCommand<RoutingDraft>({
    send: async (wanted) => {
      const saved = await dataOf(api.PUT('/settings/routing', { body: toRouting(wanted) }));
      queryClient.setQueryData(keys.routing, saved);
      // what was changed while it was being saved is kept
      setEdited((now) => (now === null || now.draft === wanted ? null : { ...now, base: saved.updated_at }));
    },
    done: 'Saved: used from the next call on',
    onDone: forget,
    onFailure(failure) {
      setError(failure);
      return true;
    },
  });
  const mistakes = error instanceof ApiError ? error.fields : local;
  const errorOf = (path: string) => mistakes.find((one) => one.path === path)?.issue;
  const field = (name: 'boss_model' | 'worker_model' | 'fallback' | 'cheap_model') => ({
    value: draft[name],
    path: name,
    errorOf,
    onValue: (value: RoutingDraft[typeof name]) => change({ [name]: value }),
  });
  return (
    <form
      noValidate
      aria-label="Model routing"
      onSubmit={(event) => {
        event.preventDefault();
        const found = mistakesOf(draft);
        setLocal(found);
        if (found.length === 0) save.run(draft);
      }}
    >
      <Title order={2}>By role</Title>
      <ModelField label="Boss" hint="agents that lead" {...field('boss_model')} />
      <ModelField label="Worker" hint="all other agents" {...field('worker_model')} />
      <ModelField label="Fallback" hint="where nothing else is set" {...field('fallback')} />
      <Title order={2} mt="md">
        Simple tasks
      </Title>
      <Switch
        my={6}
        size="sm"
        label="Send simple tasks of workers to a cheap model"
        checked={draft.auto_tier}
        onChange={(event) => change({ auto_tier: event.currentTarget.checked })}
      />
      <ModelField label="Cheap model" hint="short, alone and of low risk" {...field('cheap_model')} />
      <NamedModels
        title="By specialty"
        what="specialty"
        path="specialty_models"
        names={Specialty.options}
        rows={draft.specialty_models}
        errorOf={errorOf}
        onRows={(specialty_models) => change({ specialty_models })}
      />
      <NamedModels
        title="By agent"
        what="agent"
        path="agent_models"
        names={names}
        rows={draft.agent_models}
        errorOf={errorOf}
        onRows={(agent_models) => change({ agent_models })}
      />
      {error !== null && (
        <Box mt="md">
          <Problem error={error} title="Not saved" />
        </Box>
      )}
      {edited !== null && edited.base !== settings.updated_at && (
        <Alert color="orange" variant="outline" p="xs" mt="sm" role="status">
          {settings.updated_by} saved another routing meanwhile. Saving replaces it with yours; discarding
          your changes shows it.
        </Alert>
      )}
      <Group mt="md" className={classes.actions}>
        <Button type="submit" size="sm" loading={save.busy} disabled={edited === null}>
          Save
        </Button>
        <Button size="sm" variant="default" disabled={edited === null} onClick={discard}>
          Discard changes
        </Button>
      </Group>
    </form>
  );
}
