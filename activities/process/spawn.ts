import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Exit, launch, type Program } from './launch.ts';
import { RUN_ID_VARIABLE } from './process-tree.ts';
import { WORKER_ID } from './supervision.ts';

/** A descriptor of this process, and what the program does with it. */
export interface Descriptor {
  fd: number;
  access: 'read' | 'write';
}

/** What the worker asks its spawner. */
export interface SpawnerRequest extends Program {
  id: number;
  descriptors: readonly (Descriptor | null)[];
}

/** What the spawner tells: first whether a program was started, later how it ended. `unreachable`: it can't have the descriptors. */
export type SpawnerAnswer = { id: number } & (
  | { unreachable: true }
  | { pid: number; since: number | undefined }
  | { failed: { message: string; code: string } }
  | { exit: Exit }
);

/** A program that runs. */
export interface Spawned {
  /** its process id, which is also that of its group and session */
  pid: number;
  /** when it was started, in ticks since the machine started; undefined where that can't be told: not Linux */
  since: number | undefined;
  /** rejects with SpawnerLost when nobody can tell any more */
  exited: Promise<Exit>;
}

/** The process that starts programs was killed: what it had started may run, and nobody hears how it ends. */
export class SpawnerLost extends Error {
  override readonly name = 'SpawnerLost';
  constructor() {
    super(
      'The process that starts programs for this worker was killed, so that nobody can tell how they ended.',
    );
  }
}

/**
 * Starts a program, off this process where that can be (spawner.ts).
 * @param descriptors become 0, 1, 2 and so on of the program; null: nothing. They can be closed here on return
 * @throws the system's refusal, with its `code`; SpawnerLost
 */
export async function spawnProgram(
  program: Program,
  descriptors: readonly (Descriptor | null)[],
): Promise<Spawned> {
  const spawned = isReachable ? await bySpawner(program, descriptors) : undefined;
  if (spawned) return spawned;
  const { pid, since, exited, failed } = launch(
    program,
    descriptors.map((one) => one?.fd ?? null),
  );
  if (pid === undefined) throw await failed;
  return { pid, since, exited };
}

/** Whether another process may open descriptors of this one. */
let isReachable = process.platform === 'linux';

/** The process id of this worker's spawner, if it has one. */
export const spawnerPid = (): number | undefined => spawner?.pid;

interface Call {
  started(run: { pid: number; since: number | undefined }): void;
  unreachable(): void;
  exited(exit: Exit): void;
  failed(error: Error): void;
}

let spawner: ChildProcess | undefined;
let calls = new Map<number, Call>();
let last_id = 0;

/** Undefined: the spawner can't have the descriptors. */
function bySpawner(
  program: Program,
  descriptors: readonly (Descriptor | null)[],
): Promise<Spawned | undefined> {
  const to = ensureSpawner();
  last_id += 1;
  const id = last_id;
  return new Promise((resolve, reject) => {
    const exit = Promise.withResolvers<Exit>();
    exit.promise.catch(() => {}); // whoever asked for it hears of it
    calls.set(id, {
      started: (run) => resolve({ ...run, exited: exit.promise }),
      unreachable: () => resolve(undefined),
      exited: exit.resolve,
      failed(error) {
        reject(error);
        exit.reject(error);
      },
    });
    to.channel?.ref();
    const request: SpawnerRequest = { ...program, id, descriptors };
    to.send(request, (error) => error && calls.get(id)?.failed(new SpawnerLost()));
  });
}

function ensureSpawner(): ChildProcess {
  if (spawner?.connected) return spawner;
  const script = fileURLToPath(new URL('./spawner.ts', import.meta.url));
  const child = spawn(process.execPath, [script], {
    // in a session of its own, for Ctrl-C in the worker's terminal reaches the whole group there
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // by which it is found, with all that it started, once the worker is dead
    env: { PATH: process.env.PATH, [RUN_ID_VARIABLE]: `${WORKER_ID}/spawner/` },
  });
  spawner = child;
  const own = new Map<number, Call>();
  calls = own;
  child.unref();
  child.channel?.unref();
  child.on('message', (message) => hear(child, own, message as SpawnerAnswer));
  const lose = () => {
    if (spawner === child) spawner = undefined;
    for (const call of own.values()) call.failed(new SpawnerLost());
    own.clear();
  };
  child.once('error', lose);
  child.once('disconnect', lose);
  return child;
}

function hear(child: ChildProcess, own: Map<number, Call>, message: SpawnerAnswer): void {
  const call = own.get(message.id);
  if ('pid' in message) {
    call?.started(message);
    return;
  }
  own.delete(message.id);
  if (own.size === 0) child.channel?.unref();
  if ('unreachable' in message) {
    isReachable = false;
    call?.unreachable();
  } else if ('exit' in message) call?.exited(message.exit);
  else call?.failed(Object.assign(new Error(message.failed.message), { code: message.failed.code }));
}
