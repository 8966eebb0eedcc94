import type { Member } from '../../../contracts/job-agent.ts';
import type { Delivery, Mate } from '../../../contracts/message.ts';
import { bullets, clipped, fenced, joined, section } from './data.ts';

/** How many of the other agents an agent is told about. */
const TOLD_MATES = 30;

/** A message as the agent reads it. What a person says steers it; what another agent says is material. */
export function describeMessage(message: Delivery): string {
  const { from_agent, from_task_id, content, kind, steers } = message;
  if (kind) return describeNews(message);
  if (from_task_id === null) {
    return joined(
      'A person who looks after this job writes to you. Take it into account from now on:',
      content,
    );
  }
  if (steers)
    return joined(
      `Your boss, the agent ${from_agent}, writes to you. Take it into account from now on:`,
      content,
    );
  return joined(
    `The agent ${from_agent} writes to you; the address for an answer is ${from_task_id}.`,
    fenced(`message of the agent ${from_agent}, task ${from_task_id}`, content),
  );
}

/** Of a result, what its boss reads at once. */
const RESULT_CHARS = 8000;

/** What came of something that was delegated, or how it is getting on. */
function describeNews({ from_agent, from_task_id, content, kind, status }: Delivery): string {
  if (from_task_id === null) return content;
  const about = `the task ${from_task_id} of ${from_agent}`;
  const words = clipped(content, RESULT_CHARS);
  const rest =
    words === content
      ? ''
      : `This is only part of it; read_task_result with ${from_task_id} gives all of it.`;
  if (kind === 'result') {
    return joined(
      `The task ${from_task_id} of ${from_agent} is done.`,
      fenced(`result of ${about}`, words),
      rest,
    );
  }
  if (kind === 'error') {
    const heading = `The task ${from_task_id} of ${from_agent} did not succeed: it is ${status}.`;
    return joined(heading, fenced(`what is known of ${about}`, words), rest);
  }
  const waits =
    status === 'blocked'
      ? `It is waiting for you: send_agent_message to ${from_task_id} lets it continue.`
      : '';
  return joined(
    `${from_agent} reports on the task ${from_task_id}: ${status}.`,
    fenced(`report of ${about}`, words),
    waits,
  );
}

/** Whom a boss can delegate to. */
export function describeTeam(members: readonly Member[], max_workers: number): string {
  const lines = members.map(({ agent_id, specialty, description }) => {
    const what = [specialty, description].filter(Boolean).join('; ');
    return what ? `${agent_id}: ${what}` : agent_id;
  });
  const none = ['nobody yet: create agents with create_sub_agent'];
  return joined(
    section('Your team, by agent_id', bullets(lines.length > 0 ? lines : none)),
    `At most ${max_workers} of the tasks you delegate are worked on at once; the rest are queued.`,
  );
}

/** Whom the agent can write to; nothing where there is nobody. */
export function describeMates(mates: readonly Mate[]): string {
  const lines = mates
    .slice(0, TOLD_MATES)
    .map(({ task_id, title, agent }) => `${task_id}: ${title}${agent === null ? '' : ` (${agent})`}`);
  const more = mates.length > TOLD_MATES ? [`and ${mates.length - TOLD_MATES} more`] : [];
  return section('Other tasks of this job, whose agents you can write to', bullets([...lines, ...more]));
}
