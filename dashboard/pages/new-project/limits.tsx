import { Checkbox, Group, NumberInput, Textarea } from '@mantine/core';
import type { ProjectDraft } from './draft.ts';
import type { PartProps } from './workers.tsx';

/** What the project may cost, how many work at once, and what all of them are told. */
export function Limits({ draft, errorOf, onChange }: PartProps) {
  const { budget_usd, max_workers, context } = draft;
  const set = (part: Partial<ProjectDraft>) => onChange({ ...draft, ...part });
  const figure = (value: string | number) => (typeof value === 'number' ? value : undefined);
  return (
    <>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <NumberInput
          label="Budget, USD"
          min={0}
          decimalScale={2}
          placeholder={budget_usd === null ? 'no cap' : '10'}
          disabled={budget_usd === null}
          error={errorOf('budget_usd')}
          value={budget_usd ?? ''}
          onChange={(value) => set({ budget_usd: figure(value) })}
        />
        <NumberInput
          label="Workers at once"
          min={1}
          max={1000}
          allowDecimal={false}
          placeholder="5"
          error={errorOf('max_workers')}
          value={max_workers ?? ''}
          onChange={(value) => set({ max_workers: figure(value) })}
        />
      </Group>
      <Checkbox
        label="No cap on what it may cost"
        checked={budget_usd === null}
        onChange={(event) => set({ budget_usd: event.currentTarget.checked ? null : undefined })}
      />
      <Textarea
        label="Context"
        description="Additional context for every agent"
        autosize
        minRows={2}
        maxRows={12}
        error={errorOf('context')}
        value={context}
        onChange={(event) => set({ context: event.currentTarget.value })}
      />
    </>
  );
}
