import { Autocomplete, Select } from '@mantine/core';
import type { ReactNode } from 'react';
import { useProviders } from '../../data/jobs.ts';
import type { ModelDraft } from './routing-draft.ts';
import classes from './settings.module.css';

interface Choice {
  /** what the model is for, said of both inputs */
  label: string;
  value: ModelDraft;
  /** the field, as the service calls it */
  path: string;
  errorOf(path: string): string | undefined;
  onValue(value: ModelDraft): void;
}

/** A model for one purpose: its provider, and its name there. */
export function ModelField({ hint, ...choice }: Choice & { hint: string }) {
  return (
    <fieldset className={classes.model}>
      <legend className="visually-hidden">{choice.label}</legend>
      <div aria-hidden className={classes.purpose}>
        {choice.label}
        <small>{hint}</small>
      </div>
      <ModelChoice {...choice} />
    </fieldset>
  );
}

/** The two inputs, and what stands beside them. */
export function ModelChoice({
  label,
  value,
  path,
  errorOf,
  onValue,
  beside,
}: Choice & { beside?: ReactNode }) {
  const providers = useProviders().data?.providers.filter(({ provider }) => provider !== 'offline') ?? [];
  const chosen = providers.find(({ provider }) => provider === value.provider);
  const models = chosen ? [...new Set([chosen.default_model ?? '', ...chosen.models])].filter(Boolean) : [];
  const choose = (provider: string | null) => {
    // the model of another provider is none of this one's
    const model = providers.find((one) => one.provider === provider)?.default_model ?? '';
    onValue(provider === null ? { provider: '', model: '' } : { provider, model });
  };
  // what the service says of the whole stands at the first input
  const wrong = errorOf(path);
  return (
    <>
      <Select
        aria-label={`${label}, provider`}
        placeholder="Provider"
        clearable
        data={providers.map(({ provider, configured }) => ({
          value: provider,
          label: configured ? provider : `${provider} (not set up)`,
        }))}
        value={value.provider || null}
        onChange={choose}
        error={errorOf(`${path}.provider`) ?? wrong}
      />
      <Autocomplete
        aria-label={`${label}, model`}
        placeholder="Model"
        data={models}
        limit={30}
        value={value.model}
        onChange={(model) => onValue({ ...value, model })}
        error={errorOf(`${path}.model`)}
      />
      {beside}
    </>
  );
}
