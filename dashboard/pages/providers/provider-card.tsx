import { Text, Title } from '@mantine/core';
import { Facts } from '../../components/facts.tsx';
import { usd } from '../../components/format.ts';
import { Dot, type Tone } from '../../components/status.tsx';
import type { Schemas } from '../../data/api.ts';
import classes from './providers.module.css';

type Provider = Schemas['ProviderList']['providers'][number];

/** A provider: how it stands, what it needs, its default model with price and context, and its models. */
export function ProviderCard({ provider }: { provider: Provider }) {
  const { provider: name, default_model, base_url, price, context_window, models } = provider;
  const [tone, said] = stateOf(provider);
  const id = `provider-${name}`;
  if (name === 'offline') {
    return (
      <section className={classes.card} aria-labelledby={id}>
        <Title order={2} id={id}>
          offline
        </Title>
        <Text>Calls no model: for jobs whose plan and agents need none.</Text>
      </section>
    );
  }
  return (
    <section className={classes.card} aria-labelledby={id}>
      <div className={classes.head}>
        <Title order={2} id={id}>
          {name}
        </Title>
        <span className={classes.state}>
          <Dot tone={tone} /> {said}
        </span>
      </div>
      <Need provider={provider} />
      <Facts
        facts={[
          ['Default model', default_model ?? 'none: jobs have to name one'],
          ['Its price', default_model === null ? null : priceOf(price)],
          [
            'Its context',
            context_window &&
              `${context_window.tokens.toLocaleString('en')} tokens, ${KNOWN[context_window.source]}`,
          ],
          ['Address', base_url],
        ]}
      />
      {models.length > 0 && (
        <details className={classes.models}>
          <summary>{models.length === 1 ? '1 model' : `${models.length} models`}</summary>
          <ul>
            {models.map((model) => (
              <li key={model}>{model}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** What is missing, and what to do about it; else by what it was set up. */
function Need({ provider: { provider, env_key, configured, reachable, models } }: { provider: Provider }) {
  if (env_key === null) {
    return (
      <Text>
        Needs no key; its address is in <code>{`${provider.toUpperCase()}_BASE_URL`}</code>.
        {!reachable && ' Nothing answers there: start it, or set the address.'}
      </Text>
    );
  }
  if (!configured) {
    return (
      <Text>
        To use it, set <code>{env_key}</code> for the API and the workers, and restart them.
      </Text>
    );
  }
  return (
    <Text>
      Its key is set in <code>{env_key}</code>.
      {!reachable && ' It does not answer: look at the network and the address.'}
      {reachable && models.length === 0 && ' It answers, but lists no models: is the key valid?'}
    </Text>
  );
}

const KNOWN: Record<NonNullable<Provider['context_window']>['source'], string> = {
  config: 'from the settings',
  'price table': 'from the price table',
  assumed: 'assumed',
};

function stateOf({ configured, reachable }: Provider): [Tone, string] {
  if (!configured) return ['off', 'not set up'];
  return reachable ? ['good', 'answers'] : ['bad', 'does not answer'];
}

function priceOf(price: Provider['price']): string {
  if (price === null) return 'not known: no job with a budget uses it';
  const { input_usd, output_usd, source } = price;
  return `${usd(input_usd)} in, ${usd(output_usd)} out, for a million tokens (${source})`;
}
