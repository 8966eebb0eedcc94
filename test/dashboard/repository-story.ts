import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApprovalView, JobView, TaskView } from '../../contracts/view.ts';
import type { TestService } from '../cli/service.ts';
import { makeSource, type Source } from '../repository-jobs/source.ts';
import { until } from '../setup/until.ts';

/** What a browser would run, if it took any of it for more than text. */
export const MARKUP = '<img src=x onerror="window.hacked=1">';
/** A name of two lines, with markup, and with what turns the order of letters around. */
export const HOSTILE_NAME = `a\n${MARKUP.replace('"window.hacked=1"', 'hacked=1')}\u202egnp.txt`;

/**
 * A job in a repository, with everything that can happen to its work: `odd` adds a file with a hostile name, and its check is
 * held until it is released; the others hand theirs in once they may. Then `fix` is taken back and mends itself,
 * and of `left` and `right`, which change the same line, the second does not merge.
 */
export interface RepositoryStory {
  source: Source;
  job_id: string;
  path: string;
  /** one of the three others hands in its work */
  handIn(task_id: 'fix' | 'left' | 'right'): void;
  /** the check of the first one ends */
  release(): void;
  status(): Promise<JobView>;
  /** waits until a task's work stands so */
  merges(task_id: string, merge: NonNullable<TaskView['repository']>['merge']): Promise<JobView>;
  conflict(): Promise<ApprovalView>;
  remove(): void;
}

export async function startStory(service: TestService): Promise<RepositoryStory> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-story-')));
  const held = join(folder, 'held');
  const goOf = (task_id: string) => join(folder, `go-${task_id}`);
  writeFileSync(held, '');
  const source = makeSource({
    'n.txt': '1\n',
    'shared.txt': 'first\n',
    'long.txt': Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join(''),
    check: [
      `[ ! -e held.txt ] || while [ -e ${held} ]; do sleep 0.05; done`,
      `test "$(cat n.txt)" != 2 || { echo 'two is wrong ${MARKUP}'; exit 1; }`,
      '',
    ].join('\n'),
  });
  const waits = (task_id: string) => `until [ -e ${goOf(task_id)} ]; do sleep 0.05; done;`;
  const node = (program: string) => `node -e '${program}'`;
  const task = (task_id: string, title: string, command: string) => ({
    ...{ task_id, title, agent: 'command', command, estimated_seconds: 1 },
  });
  const name = JSON.stringify(HOSTILE_NAME).replaceAll("'", "'\\''");
  const content = JSON.stringify(`${MARKUP}\nplain\u202eevil\r\n`).replaceAll("'", "'\\''");
  const { job_id } = await ask<{ job_id: string }>(service, 'POST', '/orchestrate/submit', {
    title: 'Four changes',
    description: 'Change four things side by side',
    repository: source.path,
    check_command: 'sh check',
    plan: {
      tasks: [
        task(
          'odd',
          'Add an odd file',
          `${node(`const fs = require("fs"); fs.writeFileSync(${name}, ${content}); fs.writeFileSync("held.txt", "")`)}; sed -i 's/line 3$/line three/' long.txt`,
        ),
        task(
          'fix',
          'Fix the number',
          `${waits('fix')} ${node('const f = JSON.parse(require("fs").readFileSync(0)).previous_failure; require("fs").writeFileSync("n.txt", f ? "3\\n" : "2\\n")')}`,
        ),
        task('left', 'Say it one way', `${waits('left')} echo left > shared.txt`),
        task('right', 'Say it another way', `${waits('right')} echo right > shared.txt`),
      ],
    },
  });
  const path = `/orchestrate/${job_id}`;
  const status = () => ask<JobView>(service, 'GET', `${path}/status`);
  return {
    source,
    job_id,
    path,
    handIn: (task_id) => writeFileSync(goOf(task_id), ''),
    release: () => rmSync(held),
    status,
    merges: (task_id, merge) =>
      until(
        async () => {
          const view = await status();
          const found = view.tasks.find((one) => one.task_id === task_id)?.repository;
          return found?.merge === merge ? view : undefined;
        },
        { timeoutMs: 60_000, what: `${task_id} to be ${merge}` },
      ),
    conflict: () =>
      until(
        async () => {
          const { approvals } = await ask<{ approvals: ApprovalView[] }>(service, 'GET', `${path}/approvals`);
          return approvals.find(({ kind }) => kind === 'conflict');
        },
        { timeoutMs: 60_000, what: 'a conflict that waits for a person' },
      ),
    remove() {
      if (existsSync(held)) rmSync(held);
      source.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks the service, which has to agree. */
export async function ask<T>({ url }: TestService, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}
