import { useState } from 'react';
import type { JobMessage } from '../../../contracts/message.ts';
import { MessageList } from '../../components/messages/message-list.tsx';
import classes from '../../components/messages/messages.module.css';
import { SendMessage } from '../../components/messages/send-message.tsx';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useJobEvents } from '../../data/live-job.ts';

const ENDED = ['completed', 'failed', 'skipped', 'cancelled'];

/** What agents and operators write to each other, and a line to write to them. */
export function Messages({ job }: { job: Schemas['Job'] }) {
  const messages = useJobEvents(job.job_id).flatMap(({ type, data }) =>
    type === 'message' ? [data as JobMessage] : [],
  );
  return (
    <div className={classes.frame}>
      <div className={classes.list}>
        <MessageList
          messages={messages}
          senderOf={({ metadata, from_agent }) => metadata.from_task_id ?? from_agent}
          empty="No messages yet."
        />
      </div>
      <WriteInJob job={job} />
    </div>
  );
}

/** Writes to one task of the job, or to whom one chooses; nothing where the job has ended. */
export function WriteInJob({ job, to }: { job: Schemas['Job']; to?: string }) {
  const { job_id, tasks, finished_at } = job;
  const [chosen, setChosen] = useState('all');
  if (finished_at !== null) return null;
  const receivers = tasks.filter(({ status }) => !ENDED.includes(status)).map(({ task_id }) => task_id);
  // one that has ended meanwhile stays chosen: the service refuses it, and what is meant for one is not told to all
  const gone = chosen !== 'all' && !receivers.includes(chosen) ? [chosen] : [];
  return (
    <SendMessage
      job_id={job_id}
      {...(to === undefined ? { to: chosen, receivers: [...receivers, ...gone], onTo: setChosen } : { to })}
      send={(body) =>
        dataOf(api.POST('/orchestrate/{job_id}/messages', { params: { path: { job_id } }, body }))
      }
    />
  );
}
