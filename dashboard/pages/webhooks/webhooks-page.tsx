import { Alert, Anchor, Button, Group, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'wouter';
import { MorePages } from '../../components/more-pages.tsx';
import { Page } from '../../components/page.tsx';
import { Reading } from '../../components/reading.tsx';
import { Status } from '../../components/status.tsx';
import type { Schemas } from '../../data/api.ts';
import { useJob } from '../../data/jobs.ts';
import { useLiveJob } from '../../data/live-job.ts';
import { useDeliveries } from '../../data/webhooks.ts';
import { DeliveryLine } from './delivery.tsx';
import classes from './webhooks.module.css';

type DeliveryStatus = Schemas['WebhookDeliveryStatus'];

const STATUSES: readonly { value: DeliveryStatus; label: string }[] = [
  { value: 'dead', label: 'dead: given up' },
  { value: 'pending', label: 'pending: will be retried' },
  { value: 'delivered', label: 'delivered' },
  { value: 'gone', label: 'gone: the address no longer exists' },
];

/** What was sent to outside addresses for a job, with what result; dead letters can be resent here. */
export default function WebhooksPage() {
  const { job_id } = useParams<{ job_id: string }>();
  useLiveJob(job_id);
  return <Reading of={useJob(job_id)}>{(job) => <Webhooks job={job} />}</Reading>;
}

function Webhooks({ job }: { job: Schemas['Job'] }) {
  const { job_id, title } = job;
  const [status, setStatus] = useState<DeliveryStatus | null>(null);
  return (
    <Page
      title={`Webhooks of ${title}`}
      beside={<Status status={job.status} />}
      actions={
        <Anchor component={Link} href={`/ui/jobs/${job_id}`} size="sm">
          The job
        </Anchor>
      }
    >
      {status !== 'dead' && <DeadLetters job_id={job_id} onShow={() => setStatus('dead')} />}
      <Select
        label="Show"
        placeholder="All"
        clearable
        clearButtonProps={{ 'aria-label': 'Show all' }}
        data={STATUSES}
        value={status}
        onChange={(value) => setStatus(value as DeliveryStatus | null)}
        maw={320}
        mb="xs"
      />
      <Log job_id={job_id} status={status} />
    </Page>
  );
}

function DeadLetters({ job_id, onShow }: { job_id: string; onShow(): void }) {
  const dead = useDeliveries(job_id, 'dead');
  const count = dead.data?.pages.flatMap((page) => page.deliveries).length ?? 0;
  if (count === 0) return null;
  return (
    <Alert color="red" variant="outline" p="xs" mb="xs">
      <Group gap="xs">
        <Text>
          {count}
          {dead.hasNextPage ? ' and more' : ''} could not be delivered and {count === 1 ? 'was' : 'were'}{' '}
          given up.
        </Text>
        <Button variant="default" onClick={onShow}>
          Show dead letters
        </Button>
      </Group>
    </Alert>
  );
}

function Log({ job_id, status }: { job_id: string; status: DeliveryStatus | null }) {
  const deliveries = useDeliveries(job_id, status);
  return (
    <>
      <Reading of={deliveries}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.deliveries);
          return all.length === 0 ? (
            <Text c="dimmed" py="lg">
              {status === null
                ? 'Nothing was sent: neither the job nor its owner has a webhook for its events.'
                : `None is ${status}.`}
            </Text>
          ) : (
            <ul className={classes.list} aria-label="Deliveries">
              {all.map((delivery) => (
                <DeliveryLine key={delivery.delivery_id} delivery={delivery} />
              ))}
            </ul>
          );
        }}
      </Reading>
      <MorePages of={deliveries}>Later events</MorePages>
    </>
  );
}
