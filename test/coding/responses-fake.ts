import { startFakeResponses } from '../fakes/responses.ts';
import { type AssistantFake, assistantFake } from './fake.ts';

/** The Responses API, as Codex uses it: it writes files by commands. */
export const codexFake = async (api_key?: string): Promise<AssistantFake> =>
  assistantFake(await startFakeResponses(api_key), {
    uses: ({ write, command }) => [
      ...(write ? [shell(`printf %s '${write.content}' > '${write.path}'`)] : []),
      ...(command ? [shell(command)] : []),
    ],
    errorType: () => 'no',
    usage: ({ billed }) => billed,
  });

/** It waits for a command for so long, and asks its model then what to do. */
const WAITS_MS = 30_000;

const shell = (cmd: string) => ({ name: 'exec_command', input: { cmd, yield_time_ms: WAITS_MS } });
