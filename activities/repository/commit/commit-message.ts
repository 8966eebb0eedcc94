import type { CommitInput } from '../../../contracts/repository/work.ts';
import { withoutReferences } from '../../../core/repository/plain-markdown.ts';

/** The message of what is committed for a task: its title, and trailers by which it is found. */
export function commitMessage({
  at,
  task_id,
  title,
  attempt,
  agent,
}: Omit<CommitInput, 'from_sha' | 'source'>): string {
  const trailers = [
    `Orchestrator-Job: ${at.job_id}`,
    `Orchestrator-Task: ${task_id}`,
    `Orchestrator-Attempt: ${attempt}`,
    `Orchestrator-Agent: ${oneLine(agent, 200)}`,
  ];
  return `${oneLine(withoutReferences(title), 200) || task_id}\n\n${trailers.join('\n')}\n`;
}

/** A text from outside as one line of a message. */
export const oneLine = (text: string, limit: number): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, ' ')
    .trim()
    .slice(0, limit);
