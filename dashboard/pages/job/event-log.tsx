import type { JobEvent } from '../../../contracts/event.ts';
import { eventWords } from '../../../contracts/event-words.ts';
import { clock, duration, usd } from '../../components/format.ts';
import { VirtualRows } from '../../components/virtual-rows.tsx';
import { useJobEvents } from '../../data/live-job.ts';
import classes from './job.module.css';

const BAD = /failed|exceeded|refused|rejected|denied|worker_lost|alert/;

/** The journal of a job, as it is written. */
export function EventLog({ job_id }: { job_id: string }) {
  const events = useJobEvents(job_id);
  return (
    <VirtualRows items={events} keyOf={(event) => event.seq} rowHeight={26} label="Events" atEnd>
      {(event) => (
        <div className={classes.line}>
          <time className={classes.quiet} dateTime={event.at}>
            {clock(event.at)}
          </time>
          <span className={classes.quiet}>#{event.seq}</span>
          <span className={`${classes.column} ${BAD.test(event.type) ? classes.bad : ''}`}>{event.type}</span>
          <span className={classes.wrap}>
            {event.task_id && <strong>{event.task_id} </strong>}
            {wordsOf(event)}
          </span>
        </div>
      )}
    </VirtualRows>
  );
}

function wordsOf(event: JobEvent): string {
  const { attempt } = event;
  const told = eventWords(event, (name, value) => (name.endsWith('_usd') ? usd(value) : duration(value)));
  return [
    ...(attempt !== undefined && attempt > 1 ? [`attempt ${attempt}`] : []),
    ...told.map((word) => word.slice(0, 300)),
  ].join(' · ');
}
