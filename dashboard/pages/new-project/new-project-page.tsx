import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { ApiError } from '../../../client/errors.ts';
import { Columns } from '../../components/columns.tsx';
import { Mistakes } from '../../components/mistakes.tsx';
import { Page } from '../../components/page.tsx';
import { Problem } from '../../components/problem.tsx';
import { api, dataOf } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { AgentFields } from './agent-fields.tsx';
import { mistakesIn, newDraft, type ProjectDraft, pathOf, toRequest } from './draft.ts';
import { Limits } from './limits.tsx';
import { Workers } from './workers.tsx';

/** A new project: what it is to reach, who leads it, who works for it, and what it may cost. Checked while it is written. */
export default function NewProjectPage() {
  const [draft, setDraft] = useState(newDraft);
  const [touched, setTouched] = useState(false);
  const [refused, setRefused] = useState<ApiError | null>(null);
  // one key for one project, however often it has to be sent
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [, navigate] = useLocation();
  const deferred = useDeferredValue(draft);
  const mistakes = useMemo(() => mistakesIn(toRequest(deferred)), [deferred]);
  const change = (next: ProjectDraft) => {
    setDraft(next);
    setTouched(true);
    setRefused(null);
    setKey(crypto.randomUUID());
  };
  const create = useCommand<'create' | 'start'>({
    send: async (what) => {
      const { id } = await dataOf(
        api.POST('/projects', {
          body: toRequest(draft),
          params: { header: { 'Idempotency-Key': key } },
        }),
      );
      try {
        if (what === 'start') {
          await dataOf(api.POST('/projects/{id}/start', { params: { path: { id } }, body: {} }));
        }
      } finally {
        // it is there, whether it could be started or not
        navigate(`/ui/projects/${id}`);
      }
    },
    onFailure(error) {
      setRefused(error instanceof ApiError ? error : null);
      return error instanceof ApiError && error.status === 400;
    },
  });
  const told = [...(touched ? mistakes : []), ...(refused?.fields ?? [])];
  const errorOf = (path: string) =>
    told.find((one) => one.path === path || one.path.startsWith(`${path}.`))?.issue;
  const set = (part: Partial<ProjectDraft>) => change({ ...draft, ...part });
  return (
    <Page title="New project">
      <Columns
        side={
          <>
            {touched && <Mistakes mistakes={mistakes} />}
            {refused !== null && <Problem error={refused} title="The service refused it" />}
            <Group gap="xs">
              <Button
                size="sm"
                loading={create.busy}
                disabled={mistakes.length > 0}
                onClick={() => create.run('start')}
              >
                Create and start
              </Button>
              <Button
                size="sm"
                variant="default"
                disabled={mistakes.length > 0 || create.busy}
                onClick={() => create.run('create')}
              >
                Create
              </Button>
            </Group>
            <Text c="dimmed">
              Once it is started, the boss delegates to the workers, reads what they report, and completes the
              project. You can write to all of them.
            </Text>
          </>
        }
      >
        <Stack gap="sm">
          <TextInput
            label="Title"
            withAsterisk
            error={errorOf('title')}
            value={draft.title}
            onChange={(event) => set({ title: event.currentTarget.value })}
          />
          <Textarea
            label="Goal"
            description="What should be achieved; the boss works towards it"
            withAsterisk
            autosize
            minRows={4}
            maxRows={16}
            error={errorOf('goal')}
            value={draft.goal}
            onChange={(event) => set({ goal: event.currentTarget.value })}
          />
          <AgentFields
            legend="The boss"
            leads
            agent={draft.boss}
            errorOf={(field) => errorOf(`${pathOf(draft, 'boss')}.${field}`)}
            onChange={(part) => set({ boss: { ...draft.boss, ...part } })}
          />
          <Workers draft={draft} errorOf={errorOf} onChange={change} />
          <Limits draft={draft} errorOf={errorOf} onChange={change} />
        </Stack>
      </Columns>
    </Page>
  );
}
