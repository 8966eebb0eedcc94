import { startFakeResponses } from '../fakes/responses.ts';
import { type AssistantFake, assistantFake } from './fake.ts';

/** The Responses API, as Codex uses it: it writes files by commands. */
export const codexFake = async (): Promise<AssistantFake> =>
  assistantFake(await startFakeResponses(), {
    uses: ({ write, command }) => [
      ...(write ? [shell(`printf %s '${write.content}' > '${write.path}'`)] : []),
      ...(command ? [shell(command)] : []),
    ],
    errorType: () => 'no',
    usage: ({ billed }) => billed,
  });

const shell = (cmd: string) => ({ name: 'exec_command', input: { cmd } });
