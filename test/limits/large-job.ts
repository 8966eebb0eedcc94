import type { Task } from '../../contracts/plan.ts';
import type { Random } from '../chaos/random.ts';

/** How large a job is. */
export interface JobSize {
  tasks: number;
  /** of all descriptions together, as JSON in UTF-8 */
  text_bytes: number;
  /** tasks that leave files, and how many each */
  leaving: number;
  files: number;
  /** bytes that one task prints */
  printed: number;
}

type TaskDraft = Partial<Task> & Pick<Task, 'task_id' | 'title' | 'description'>;

/** What texts are made of: one to four bytes a character, and what JSON writes as two or six. */
const STUFF = ['x', 'é', '€', '𝄞', '"', '\\', '\n', '\t', 'a b '];

const LONGEST = 100_000;

const bytesOf = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** A description of so many bytes at most. */
function textOf(random: Random, bytes: number): string {
  const piece = Array.from({ length: random.between(1, 5) }, () => random.pick(STUFF)).join('');
  const most = Math.min(Math.floor(bytes / bytesOf(piece)), Math.floor(LONGEST / piece.length));
  return `${'.'.repeat(random.between(0, 3))}${piece.repeat(Math.max(0, most))}`.slice(0, LONGEST);
}

/**
 * The tasks of a plan of that size: commands, of which the last depends on all others. One description is as long as
 * any may be; the rest of the text lies anywhere.
 */
export function largeTasks(random: Random, size: JobSize): TaskDraft[] {
  const descriptions = new Array<string>(size.tasks).fill('');
  descriptions[random.between(0, size.tasks - 2)] = 'y'.repeat(LONGEST);
  let left = size.text_bytes - LONGEST;
  while (left > 1000) {
    const at = random.between(0, size.tasks - 1);
    const free = LONGEST - descriptions[at]!.length;
    const share = Math.min(left, free, Math.ceil((2 * size.text_bytes) / size.tasks));
    const text = textOf(random, random.between(Math.floor(share / 2), share))
      .slice(0, free)
      .toWellFormed();
    descriptions[at] += text;
    left -= Math.max(1, bytesOf(text));
  }
  const ids = Array.from({ length: size.tasks }, (_, index) => `t${index}`);
  return ids.map((task_id, index) => ({
    task_id,
    title: `Task ${index}`,
    description: descriptions[index]!,
    agent: 'command',
    command: commandOf(index, size),
    max_attempts: 1,
    timeout_seconds: 600,
    depends_on: index === size.tasks - 1 ? ids.slice(0, -1) : dependencies(random, index),
  }));
}

/** Few chains: what is long is wide. */
const dependencies = (random: Random, index: number): string[] =>
  index > 0 && random.between(1, 10) === 1 ? [`t${random.between(0, index - 1)}`] : [];

function commandOf(index: number, { leaving, files, printed, tasks }: JobSize): string {
  if (index < leaving) {
    return `i=0; while [ $i -lt ${files} ]; do echo $i > "$ORCHESTRATOR_ARTIFACTS/file-$i.txt"; i=$((i+1)); done`;
  }
  if (index === leaving) return `head -c ${printed} /dev/zero | tr '\\0' z`;
  if (index === tasks - 1) return `grep -c t0 "$ORCHESTRATOR_CONTEXT"`;
  // as much as stands in the history itself
  return `head -c 1020 /dev/zero | tr '\\0' o`;
}
