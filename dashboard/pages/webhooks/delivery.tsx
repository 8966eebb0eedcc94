import { Button, Text } from '@mantine/core';
import { duration } from '../../components/format.ts';
import { Dot, type Tone } from '../../components/status.tsx';
import { useNow } from '../../components/use-now.ts';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import classes from './webhooks.module.css';

type Delivery = Schemas['WebhookDelivery'];

const TONE: Record<Delivery['status'], Tone> = {
  pending: 'waits',
  delivered: 'good',
  dead: 'bad',
  gone: 'off',
};

/** One event on its way to one address: its outcome, when it is tried next, and a button that resends it. */
export function DeliveryLine({ delivery }: { delivery: Delivery }) {
  const { job_id, delivery_id, type, seq, url, source, status, attempts, status_code, error } = delivery;
  const again = useCommand({
    job_id,
    done: `${type} is sent again`,
    send: () =>
      dataOf(
        api.POST('/orchestrate/{job_id}/webhooks/{delivery_id}/resend', {
          params: { path: { job_id, delivery_id } },
        }),
      ),
  });
  const label = status === 'pending' ? 'Send now' : 'Send again';
  return (
    <li className={classes.line}>
      <div className={classes.what}>
        <b>{type}</b>{' '}
        <Text span c="dimmed">
          event {seq} · {source === 'job' ? 'the job' : 'its owner'} wants it at
        </Text>{' '}
        {url}
        <div>
          <Dot tone={TONE[status]} /> {status} · {attempts} {attempts === 1 ? 'try' : 'tries'}
          {status_code === null ? '' : ` · answered ${status_code}`}
          <When delivery={delivery} />
        </div>
        {error !== null && status !== 'delivered' && <div className={classes.error}>{error}</div>}
      </div>
      <Button
        variant="default"
        loading={again.busy}
        aria-label={`${label}: ${type}, event ${seq}, to ${url}`}
        onClick={() => again.run()}
      >
        {label}
      </Button>
    </li>
  );
}

function When({ delivery }: { delivery: Delivery }) {
  const { delivered_at, last_attempt_at, next_attempt_at } = delivery;
  const now = useNow();
  if (next_attempt_at !== null) {
    const seconds = Math.ceil((Date.parse(next_attempt_at) - now) / 1000);
    return <> · {seconds > 0 ? `next try in ${duration(seconds)}` : 'is being tried'}</>;
  }
  const at = delivered_at ?? last_attempt_at;
  return at === null ? null : (
    <>
      {' '}
      · <time dateTime={at}>{new Date(at).toLocaleString()}</time>
    </>
  );
}
