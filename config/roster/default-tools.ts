/** Agents that judge and plan by what they are shown. */
const WITHOUT_TOOLS: readonly string[] = ['planner', 'verifier'];

/** Work in the task's own folder and with what the job has made; nothing that runs programs or leaves the machine. */
const SAFE_TOOLS: readonly string[] = [
  'read_file',
  'write_file',
  'edit_file',
  'glob',
  'grep',
  'save_artifact',
  'read_artifact',
  'read_task_result',
  'report_progress',
  'ask_human',
  'finish',
];

/** Tools of an agent whose file names none. */
export function defaultTools(agent: string): readonly string[] {
  return WITHOUT_TOOLS.includes(agent) ? [] : SAFE_TOOLS;
}
