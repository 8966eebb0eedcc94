import { randomUUID } from 'node:crypto';
import { connectRedis } from '../redis.ts';
import type { NotesTransport } from './transport.ts';

const PREFIX = 'orchestrator:notes:';

/** Notes on their way to Redis at most; what comes while it does not answer is dropped. */
const IN_FLIGHT_LIMIT = 1000;

/** Notes over Redis: one channel a job. A process hears its own notes without this detour. */
export function redisNotes(url: string, receive: (text: string) => void): NotesTransport {
  const origin = randomUUID();
  const wantedJobs = new Set<string>();
  let inFlight = 0;
  // while it is away notes are lost, and nothing else
  const publisher = connectRedis(url);
  const subscriber = connectRedis(url, { autoResubscribe: false });

  const ask = (job_id: string, wanted: boolean) => {
    if (subscriber.status !== 'ready') return;
    // Every job at once is a pattern, so that notes of a job which is also wanted by name come once each way.
    const answer =
      job_id === '*'
        ? wanted
          ? subscriber.psubscribe(`${PREFIX}*`)
          : subscriber.punsubscribe(`${PREFIX}*`)
        : wanted
          ? subscriber.subscribe(PREFIX + job_id)
          : subscriber.unsubscribe(PREFIX + job_id);
    answer.catch(() => {}); // asked again as soon as the connection is back
  };
  subscriber.on('ready', () => {
    for (const job_id of wantedJobs) ask(job_id, true);
  });
  const hear = (message: string) => {
    const separator = message.indexOf(' ');
    if (message.slice(0, separator) !== origin) receive(message.slice(separator + 1));
  };
  subscriber.on('message', (_channel: string, message: string) => {
    // With the pattern in force the same note comes that way.
    if (!wantedJobs.has('*')) hear(message);
  });
  subscriber.on('pmessage', (_pattern: string, _channel: string, message: string) => hear(message));

  return {
    send(job_id, text) {
      if (publisher.status !== 'ready' || inFlight >= IN_FLIGHT_LIMIT) return;
      inFlight++;
      publisher
        .publish(PREFIX + job_id, `${origin} ${text}`)
        .catch(() => {})
        .finally(() => {
          inFlight--;
        });
    },
    wanted(job_id, wanted) {
      if (wanted) wantedJobs.add(job_id);
      else wantedJobs.delete(job_id);
      ask(job_id, wanted);
    },
    async close() {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
