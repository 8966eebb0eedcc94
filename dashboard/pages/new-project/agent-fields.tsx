import { Autocomplete, Button, Fieldset, Group, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { Specialty } from '../../../contracts/job-agent.ts';
import { useProviders } from '../../data/jobs.ts';
import type { AgentDraft } from './draft.ts';
import classes from './new-project.module.css';

interface Props {
  legend: string;
  agent: AgentDraft;
  leads?: boolean;
  /** what is wrong with a field of it */
  errorOf(field: keyof AgentDraft): string | undefined;
  onChange(change: Partial<AgentDraft>): void;
  onDrop?(): void;
}

/** An agent of the project: its name, what it is good at, its model, its instructions and its tools. */
export function AgentFields({ legend, agent, leads = false, errorOf, onChange, onDrop }: Props) {
  const models = useModels();
  return (
    <Fieldset legend={legend} className={classes.agent}>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <TextInput
          label="Name"
          placeholder={leads ? 'boss' : undefined}
          withAsterisk={!leads}
          error={errorOf('agent_id')}
          value={agent.agent_id}
          onChange={(event) => onChange({ agent_id: event.currentTarget.value })}
        />
        {!leads && (
          <Select
            label="Specialty"
            allowDeselect={false}
            data={[...Specialty.options]}
            error={errorOf('specialty')}
            value={agent.specialty}
            onChange={(value) => onChange({ specialty: Specialty.parse(value) })}
          />
        )}
        <Autocomplete
          size="xs"
          label="Model"
          placeholder="by the routing"
          data={models}
          limit={30}
          error={errorOf('model')}
          value={agent.model}
          onChange={(model) => onChange({ model })}
        />
      </Group>
      <Textarea
        label="Instructions"
        placeholder={leads ? 'those of the boss of the roster' : 'those of its specialty'}
        autosize
        minRows={1}
        maxRows={12}
        error={errorOf('system_prompt')}
        value={agent.system_prompt}
        onChange={(event) => onChange({ system_prompt: event.currentTarget.value })}
      />
      <Group grow align="flex-start" preventGrowOverflow={false}>
        {!leads && (
          <TagsInput
            label="Capabilities"
            placeholder={agent.capabilities.length === 0 ? 'what else it can do; Enter adds one' : undefined}
            error={errorOf('capabilities')}
            value={agent.capabilities}
            onChange={(capabilities) => onChange({ capabilities })}
          />
        )}
        <TagsInput
          label="Tools"
          placeholder={agent.tools.length === 0 ? 'all that it may use; Enter adds one' : undefined}
          error={errorOf('tools')}
          value={agent.tools}
          onChange={(tools) => onChange({ tools })}
        />
      </Group>
      {onDrop && (
        <Group justify="flex-end">
          <Button variant="subtle" color="red" size="compact-xs" onClick={onDrop}>
            {`Drop ${agent.agent_id || 'it'}`}
          </Button>
        </Group>
      )}
    </Fieldset>
  );
}

/** Names of models that can be used, with their providers; the offline planner is none. */
function useModels(): string[] {
  const providers = useProviders().data?.providers ?? [];
  const named = providers
    .filter(({ provider, configured }) => configured && provider !== 'offline')
    .flatMap(({ provider, models, default_model }) =>
      [...(default_model === null ? [] : [default_model]), ...models].map((model) => `${provider}/${model}`),
    );
  return [...new Set(named)];
}
