import { Button, FileButton, Group, Select, Tabs, Text, Textarea } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { ApiError } from '../../../client/errors.ts';
import { Columns } from '../../components/columns.tsx';
import { Mistakes } from '../../components/mistakes.tsx';
import { Page } from '../../components/page.tsx';
import { Problem } from '../../components/problem.tsx';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { SpecForm } from './spec-form.tsx';
import { readSpec } from './spec-text.ts';
import classes from './submit.module.css';
import { TEMPLATES } from './templates.ts';

/** A new job: from a template, a file, a form or YAML. Form and YAML are two views of one text, checked while it is written. */
export default function SubmitPage() {
  const [text, setText] = useState(TEMPLATES.empty!.text);
  const [touched, setTouched] = useState(false);
  const [refused, setRefused] = useState<ApiError | null>(null);
  // one key for one job, however often it has to be sent
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [, navigate] = useLocation();
  const deferred = useDeferredValue(text);
  const spec = useMemo(() => readSpec(deferred), [deferred]);
  const replace = (next: string) => {
    setText(next);
    setTouched(true);
    setRefused(null);
    setKey(crypto.randomUUID());
  };
  const submit = useCommand({
    send: async () => {
      const { value } = readSpec(text);
      const { job_id } = await dataOf(
        api.POST('/orchestrate/submit', {
          body: value as Schemas['Submission'],
          params: { header: { 'Idempotency-Key': key, Prefer: 'wait=0' } },
        }),
      );
      navigate(
        value?.approval === 'auto' || value?.auto_approve ? `/ui/jobs/${job_id}` : `/ui/jobs/${job_id}/plan`,
      );
    },
    onFailure(error) {
      setRefused(error instanceof ApiError ? error : null);
      return error instanceof ApiError && error.status !== 401;
    },
  });
  const invalid = spec.value === undefined || spec.mistakes.length > 0;
  return (
    <Page
      title="Submit a job"
      actions={
        <>
          <Select
            aria-label="Template"
            placeholder="Start from a template"
            data={Object.entries(TEMPLATES).map(([value, { label }]) => ({ value, label }))}
            value={null}
            onChange={(name) => name !== null && replace(TEMPLATES[name]!.text)}
            w={230}
          />
          <FileButton
            accept=".yaml,.yml,.json,application/json,application/yaml"
            onChange={(file) => void file?.text().then(replace)}
          >
            {(props) => (
              <Button variant="default" {...props}>
                Import a file
              </Button>
            )}
          </FileButton>
        </>
      }
    >
      <Columns
        side={
          <>
            {touched && <Mistakes mistakes={spec.mistakes} />}
            {refused !== null && <Problem error={refused} title="The service refused it" />}
            <Group>
              <Button size="sm" loading={submit.busy} disabled={invalid} onClick={() => submit.run()}>
                Submit
              </Button>
            </Group>
            <Text c="dimmed">
              Planning comes first. Nothing runs until you approve the plan, unless the spec says `approval:
              auto`.
            </Text>
          </>
        }
      >
        <Tabs defaultValue="form" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="form">Form</Tabs.Tab>
            <Tabs.Tab value="yaml">YAML</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="form">
            <SpecForm
              text={text}
              value={spec.value}
              mistakes={touched ? spec.mistakes : []}
              onText={replace}
            />
          </Tabs.Panel>
          <Tabs.Panel value="yaml">
            <Textarea
              aria-label="The spec as YAML or JSON"
              autosize
              minRows={18}
              spellCheck={false}
              classNames={{ input: classes.code }}
              value={text}
              onChange={(event) => replace(event.currentTarget.value)}
            />
          </Tabs.Panel>
        </Tabs>
      </Columns>
    </Page>
  );
}
