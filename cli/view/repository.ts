import type { Schemas } from '../../client/client.ts';
import { style } from '../output.ts';
import { harmless, oneLine, table } from './text.ts';

type ShownJob = Pick<Schemas['Job'], 'repository'>;
type Shown = NonNullable<ShownJob['repository']>;
type Work = NonNullable<Schemas['Job']['tasks'][number]['repository']>;

/** The repository of a job in a few lines; none for other jobs. */
export function repositoryLines({ repository }: ShownJob): string[] {
  if (!repository) return [];
  const { url, base_branch, base_sha, queue, delivered, check } = repository;
  const base = base_sha === null ? 'not fetched yet' : `${base_branch} at ${short(base_sha)}`;
  const rows = [
    ['repository', `${oneLine(url, 100)} (${oneLine(base, 80)})`],
    ['branch', branchWords(repository)],
    ['check', check.command === null ? 'none' : `${oneLine(check.command, 80)}: ${checkWords(check)}`],
    ...(queue.length > 0 ? [['waiting', oneLine(queue.join(', '), 100)]] : []),
    ...(delivered ? [['delivered', deliveredWords(delivered)]] : []),
  ];
  return ['', ...table(rows.map(([name, words]) => [style('dim', name!), words!]))];
}

/** What a plan means for the repository of its job: where it starts, and which commands are run there. */
export function plannedLines(repository: Shown): string[] {
  const { url, base_branch, base_sha, setup, check, lock } = repository;
  const base = base_sha === null ? 'not fetched yet' : `${base_branch} at ${short(base_sha)}`;
  const commands = [
    ['setup', setup, ''],
    ['check', check, BASE[check.base]],
    ['lock files', lock, ''],
  ] as const;
  const rows = [
    ['repository', `${oneLine(url, 100)} (${oneLine(base, 80)})`],
    ...commands.flatMap(([name, { command, source }, how]) => {
      if (command === null) return name === 'check' ? [[name, 'none: everything that merges lands']] : [];
      return [[name, `${oneLine(command, 100)} (${SOURCE[source]})${how}`]];
    }),
  ];
  return ['', ...table(rows.map(([name, words]) => [style('dim', name!), words!]))];
}

const SOURCE: Record<Shown['check']['source'], string> = {
  submission: 'as submitted',
  file: 'by .orchestrator.yaml',
  found: 'found there',
  none: 'none',
};

const BASE: Record<Shown['check']['base'], string> = {
  none: '',
  pending: '',
  running: ', which runs on the base now',
  passed: ', which passes on the base',
  failed: ', which FAILS on the base: nothing lands before some work mends that',
  stale: '',
};

/** The repository of a job in one line, for a screen that is drawn again and again; undefined for other jobs. */
export function repositoryLine({ repository }: ShownJob): string | undefined {
  if (!repository) return undefined;
  const { queue, check, delivered } = repository;
  const words = [
    branchWords(repository),
    ...(check.command === null ? [] : [`check ${checkWords(check)}`]),
    ...(queue.length > 0 ? [`${queue.length} waiting to merge`] : []),
    ...(delivered ? [deliveredWords(delivered)] : []),
  ];
  return style('dim', words.join('  '));
}

/** How the work of a task stands, in a few words; empty where there is nothing to say. */
export function mergeWords(work: Work | undefined): string {
  if (!work) return '';
  const { merge, files_changed, insertions, deletions, conflict_files = [] } = work;
  if (merge === 'none') return '';
  if (merge === 'setting_up') return 'setting up';
  if (merge === 'conflict') return `does not merge: ${oneLine(conflict_files.join(', '), 60)}`;
  return `${MERGE[merge]}, ${changed({ files_changed, insertions, deletions })}`;
}

const MERGE: Record<Exclude<Work['merge'], 'none' | 'setting_up' | 'conflict'>, string> = {
  waiting: 'waits to be merged',
  queued: 'in the queue',
  checking: 'being checked',
  landed: 'landed',
  taken_back: 'taken back',
};

function branchWords(repository: Shown): string {
  const { branch, head_sha, landed } = repository;
  const at = head_sha === null ? '' : ` at ${short(head_sha)}`;
  const work = landed === 0 ? 'nothing has landed' : `${landed} landed, ${changed(repository)}`;
  return `${branch}${at}: ${work}`;
}

function checkWords({ base, status }: Shown['check']): string {
  return base === 'failed' ? `${status} (it fails on the base)` : status;
}

function deliveredWords({ kind, ref, pull_request }: NonNullable<Shown['delivered']>): string {
  if (pull_request !== null) return harmless(pull_request);
  return kind === 'branch' ? `branch ${harmless(ref)}` : `pushed as ${harmless(ref)}`;
}

const changed = (size: Pick<Shown, 'files_changed' | 'insertions' | 'deletions'>): string =>
  `${size.files_changed} ${size.files_changed === 1 ? 'file' : 'files'} +${size.insertions} -${size.deletions}`;

const short = (sha: string): string => sha.slice(0, 10);
