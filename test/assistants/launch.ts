import type { Launch, Line } from '../../activities/coding/drivers/driver.ts';

/** A start of an assistant, as plain as can be. */
export const LAUNCH: Launch = {
  settings: {
    ...{ driver: 'codex', instructions: '', billing: 'api', permissions: 'edit' },
    ...{ max_turns: 1, max_output_tokens: 1000 },
  },
  ...{ model: null, session: null, own_session: 'o', prompt: 'p', task_prompt: 'the task' },
  ...{ cwd: '/work', home: '/h', artifacts: '/a', calls_file: '/calls' },
  ...{ turns_left: 1, environment: {}, sandboxed: false },
};

/** Nobody is there to be answered. */
export const NOBODY: Line = {
  send: () => {
    throw new Error('nothing is sent');
  },
  permit: () => {
    throw new Error('nobody is asked');
  },
};
