import { Checkbox, NumberInput, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { Parameter, ParameterValue } from '../../../contracts/parameters.ts';
import { givenValues, parametersOf } from './spec-text.ts';

interface Props {
  value: Record<string, unknown>;
  errorOf(name: string): string | undefined;
  onChange(name: string, next: ParameterValue | undefined): void;
}

/** A field for each parameter of a spec; what is given stands under `with`. */
export function ParameterFields({ value, errorOf, onChange }: Props) {
  const parameters = Object.entries(parametersOf(value));
  if (parameters.length === 0) return null;
  const given = givenValues(value);
  return (
    <Stack gap="sm">
      <Text fw={550}>Parameters</Text>
      {parameters.map(([name, parameter]) => (
        <ParameterField
          key={name}
          name={name}
          parameter={parameter}
          value={given[name]}
          error={errorOf(`with.${name}`)}
          onChange={(next) => onChange(name, next)}
        />
      ))}
    </Stack>
  );
}

function ParameterField(props: {
  name: string;
  parameter: Parameter;
  value: unknown;
  error: string | undefined;
  onChange(next: ParameterValue | undefined): void;
}) {
  const { name, parameter, value, error, onChange } = props;
  const { type, description, options, default: usual } = parameter;
  const common = {
    ...{ label: name, description, error, withAsterisk: usual === undefined },
    placeholder: usual === undefined ? undefined : shown(usual),
  };
  if (type === 'number') {
    return (
      <NumberInput
        {...common}
        value={typeof value === 'number' ? value : ''}
        onChange={(next) => onChange(typeof next === 'number' ? next : undefined)}
      />
    );
  }
  if (type === 'boolean') {
    return (
      <Checkbox
        label={name}
        description={description}
        error={error}
        checked={(value ?? usual) === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (type === 'enum') {
    return (
      <Select
        {...common}
        clearable
        data={options ?? []}
        value={typeof value === 'string' ? value : null}
        onChange={(next) => onChange(next ?? undefined)}
      />
    );
  }
  if (type === 'list') {
    return (
      <Textarea
        {...common}
        description={[description, 'One per line'].filter(Boolean).join('. ')}
        autosize
        minRows={2}
        maxRows={10}
        value={Array.isArray(value) ? value.join('\n') : ''}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.value === '' ? undefined : currentTarget.value.split('\n'))
        }
      />
    );
  }
  return (
    <TextInput
      {...common}
      value={typeof value === 'string' ? value : ''}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  );
}

const shown = (value: ParameterValue): string => (Array.isArray(value) ? value.join(', ') : String(value));
