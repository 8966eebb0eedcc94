import { Button, Text } from '@mantine/core';
import { Page } from '../../components/page.tsx';
import { Reading } from '../../components/reading.tsx';
import { useProviders } from '../../data/jobs.ts';
import { ProviderCard } from './provider-card.tsx';
import classes from './providers.module.css';

/** The providers of models: what is set up, what answers, and what to do where nothing does. */
export default function ProvidersPage() {
  const providers = useProviders();
  return (
    <Page
      title="Providers"
      actions={
        <Button variant="default" loading={providers.isFetching} onClick={() => void providers.refetch()}>
          Check again
        </Button>
      }
    >
      <Text c="dimmed" mb="sm">
        As the process of the API sees them. Model calls are made by the workers, which need the same
        variables.
      </Text>
      <Reading of={providers}>
        {({ providers: all }) => (
          <div className={classes.cards}>
            {all.map((provider) => (
              <ProviderCard key={provider.provider} provider={provider} />
            ))}
          </div>
        )}
      </Reading>
    </Page>
  );
}
