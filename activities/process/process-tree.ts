import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Mark, readMark } from './marks.ts';

/** The variable in the environment of every process of a run, by which those that left the group are found. */
export const RUN_ID_VARIABLE = 'ORCHESTRATOR_RUN_ID';

/** Which processes are meant: everything in these groups or sessions, with a run id that starts so, or with a mark. */
export interface ProcessTree {
  /** ids of process groups that lead a session of their own */
  groups: number[];
  /** beginnings of run ids */
  run_ids: string[];
  marks: Mark[];
  /** none of them is older, in ticks since the machine started; left out: not known */
  since?: number | undefined;
}

/** How long a killed process may take to leave the process table before it is given up, in seconds. */
const KILL_SECONDS = 5;

/**
 * Ends every process of the tree: SIGTERM, then SIGKILL to what is left after `grace_seconds`.
 * Found are members of the groups and sessions, their descendants, and, by their environment or their mark, processes
 * that made a session of their own, lost their parents, and closed and cleared everything. Not found is what somebody
 * else started on the command's behalf (a container, a timer of systemd, another machine), or what changed its mark and its
 * environment. Without /proc (not Linux) only the groups are.
 * @returns whether all of them are gone
 */
export async function killTree(tree: ProcessTree, grace_seconds: number): Promise<boolean> {
  const known: Known = new Map();
  return (
    (await signalUntilGone(tree, known, 'SIGTERM', grace_seconds)) ||
    (await signalUntilGone(tree, known, 'SIGKILL', KILL_SECONDS))
  );
}

/** Processes of the tree that run now; where that can't be told, not Linux, none. */
export const membersOf = (tree: ProcessTree): number[] =>
  process.platform === 'linux' ? findMembers(tree, new Map()).map(({ pid }) => pid) : [];

/** Whether the process group has any member, a zombie included. One system call. */
export function groupExists(group: number): boolean {
  return send(-group, 0);
}

/** pid and start time of processes once seen in the tree: a pid alone may by now be somebody else's. */
type Known = Map<number, string>;

interface ProcessEntry {
  pid: number;
  name: string;
  parent: number;
  group: number;
  session: number;
  zombie: boolean;
  started: string;
}

async function signalUntilGone(
  tree: ProcessTree,
  known: Known,
  signal: NodeJS.Signals,
  seconds: number,
): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000;
  const signalled = new Set<string>();
  for (let pause = 4; ; pause = Math.min(pause * 1.5, 100)) {
    const members = findMembers(tree, known);
    if (members.length === 0) return true;
    // in one call, so that a group that keeps forking can't outrun it
    if (signal === 'SIGKILL') for (const group of liveGroups(tree, members)) send(-group, signal);
    for (const { pid, name, started } of members) {
      // a sandbox would end at once, and all in it with it: it ends by itself once they have
      if (signal === 'SIGTERM' && name === SANDBOX) continue;
      const identity = `${pid} ${started}`;
      if (signalled.has(identity)) continue;
      signalled.add(identity);
      send(pid, signal);
    }
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
  }
}

/** The name that bubblewrap has in the process table. */
const SANDBOX = 'bwrap';

type Member = Pick<ProcessEntry, 'pid' | 'name' | 'group' | 'started'>;

// Only groups with a member seen just now: the id of an empty one may have been given to somebody else.
function liveGroups(tree: ProcessTree, members: Member[]): number[] {
  return tree.groups.filter((group) => members.some((member) => member.group === group));
}

function findMembers(tree: ProcessTree, known: Known): Member[] {
  const processes = readProcesses();
  if (processes === undefined) {
    return tree.groups.filter(groupExists).map((group) => ({ pid: -group, name: '', group, started: '' }));
  }
  const groups = new Set(tree.groups);
  const members = new Map<number, ProcessEntry>();
  for (const entry of processes) {
    const belongs =
      groups.has(entry.group) ||
      groups.has(entry.session) ||
      known.get(entry.pid) === entry.started ||
      isMarked(entry, tree);
    if (belongs) members.set(entry.pid, entry);
  }
  addDescendants(processes, members);
  for (const { pid, started } of members.values()) known.set(pid, started);
  return [...members.values()].filter((entry) => !entry.zombie);
}

function addDescendants(processes: ProcessEntry[], members: Map<number, ProcessEntry>): void {
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const entry of processes) if (members.has(entry.parent)) members.set(entry.pid, entry);
  }
}

function readProcesses(): ProcessEntry[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => readProcess(Number(name)));
}

// Fields of /proc/<pid>/stat after the name, which is in brackets and may hold anything: proc_pid_stat(5).
function readProcess(pid: number): ProcessEntry[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    return [
      {
        pid,
        name: stat.slice(stat.indexOf('(') + 1, end),
        zombie: fields[0] === 'Z' || fields[0] === 'X',
        parent: Number(fields[1]),
        group: Number(fields[2]),
        session: Number(fields[3]),
        started: fields[19] ?? '',
      },
    ];
  } catch {
    return []; // it ended while the table was read
  }
}

/** By its environment; where that was cleared, by its mark, which other commands may have too. */
function isMarked({ pid, started }: ProcessEntry, { run_ids, marks, since = 0 }: ProcessTree): boolean {
  if (run_ids.length === 0 || Number(started) < since) return false;
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
    if (run_ids.some((run_id) => environment.includes(`\0${RUN_ID_VARIABLE}=${run_id}`))) return true;
    if (environment.includes(`\0${RUN_ID_VARIABLE}=`)) return false;
  } catch {
    return false; // another user's process, or one that ended
  }
  const value = marks.length === 0 ? undefined : readMark(pid);
  return marks.some((mark) => mark.value === value && Number(started) >= mark.since);
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
