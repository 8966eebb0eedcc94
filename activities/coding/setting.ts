import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { loginsIn } from '../../config/assistants.ts';
import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import { factsOf } from '../../contracts/coding-drivers.ts';
import type { CodingRun } from '../../contracts/coding-run.ts';
import { dependencyContext } from '../command/context.ts';
import { commandEnvironment } from '../command/environment.ts';
import { type AttemptFolders, attemptFolders } from '../command/folders.ts';
import { layInputs } from '../command/inputs.ts';
import type { ActivityDeps } from '../deps.ts';
import { readPrompt, type StoredPrompt } from '../model/prompts/prompt.ts';
import { clonePath } from '../repository/clone/clone.ts';
import type { Driver } from './drivers/driver.ts';
import { DRIVERS } from './drivers/index.ts';
import { type TaskHome, taskHome } from './home.ts';

/** What one run of an assistant works with, and where. */
export interface Setting {
  prompt: StoredPrompt;
  request: AttemptRequest;
  settings: CodingAgentSettings;
  driver: Driver;
  folders: AttemptFolders;
  /** the folder that it works in */
  cwd: string;
  home: TaskHome;
  artifacts: string;
  /** of the user that the worker runs as, who has logged it in; paths of what is there of a login */
  login: { userHome: string; paths: string[] };
}

/** Reads what was prepared for a run. */
export async function settingOf(deps: ActivityDeps, { call, own_session }: CodingRun): Promise<Setting> {
  const prompt = await readPrompt(deps.store, call.prompt_ref);
  const { request, coding: settings } = prompt;
  if (!request || !settings) throw new Error('this prompt is of no coding assistant');
  const driver = DRIVERS[settings.driver];
  const { job_id } = call;
  const { task_id } = request.task;
  const folders = attemptFolders(deps.work_dir, job_id, task_id, call.attempt ?? request.attempt);
  const home = taskHome(deps.work_dir, job_id, task_id);
  const userHome = deps.environment.HOME || homedir();
  const usesLogin = settings.billing === 'subscription';
  return {
    ...{ prompt, request, settings, driver, folders, home },
    cwd: request.repository ? clonePath(deps.work_dir, { job_id, task_id }) : folders.job,
    artifacts: home.artifacts(own_session),
    login: { userHome, paths: usesLogin ? loginsIn(userHome, factsOf(settings).logins) : [] },
  };
}

/** Makes the folders of a run, and the file that `$ORCHESTRATOR_CONTEXT` names. */
export async function makeFolders(
  deps: ActivityDeps,
  { folders, request, cwd, home, artifacts }: Setting,
): Promise<void> {
  const own = [folders.artifacts, artifacts, home.tmp, ...(request.repository ? [] : [cwd])];
  for (const folder of own) await mkdir(folder, { recursive: true });
  const laid = await layInputs(deps.store, request.dependencies, folders.inputs);
  const context = await dependencyContext(deps.store, request, laid);
  await writeFile(folders.context_file, JSON.stringify(context), { mode: 0o600 });
}

/** All of an assistant's environment: what commands get, the variables that its driver names, and those of its start. */
export function environmentOf(
  deps: Pick<ActivityDeps, 'environment' | 'sandbox'>,
  setting: Setting,
  own: Readonly<Record<string, string>>,
  run_id: string,
): Record<string, string> {
  const { folders, request, home, artifacts } = setting;
  return commandEnvironment(
    {
      env: { ...namedVariables(deps, setting), ...own, HOME: home.home },
      home: deps.sandbox.kind === 'none' ? undefined : home.home,
      context_file: folders.context_file,
      inputs_dir: folders.inputs,
      artifacts_dir: artifacts,
      job_id: request.job_id,
      task_id: request.task.task_id,
      attempt: request.attempt,
    },
    run_id,
  );
}

/** The variables of the worker's that its driver names, where they are set. */
export function namedVariables(
  { environment }: Pick<ActivityDeps, 'environment'>,
  { settings }: Pick<Setting, 'settings'>,
): Record<string, string> {
  return Object.fromEntries(
    factsOf(settings).variables[settings.billing].flatMap((name) => {
      const value = environment[name];
      return value ? [[name, value]] : [];
    }),
  );
}
