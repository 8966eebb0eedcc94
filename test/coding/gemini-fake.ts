import { startFakeGemini } from '../fakes/gemini.ts';
import { type AssistantFake, assistantFake } from './fake.ts';

/** Gemini's own API, as Gemini CLI uses it. */
export const geminiFake = async (): Promise<AssistantFake> =>
  assistantFake(await startFakeGemini(), {
    uses: ({ write, command }) => [
      ...(write ? [{ name: 'write_file', input: { file_path: write.path, content: write.content } }] : []),
      ...(command
        ? [{ name: 'run_shell_command', input: { command, description: 'A command of a test' } }]
        : []),
    ],
    errorType: () => 'no',
    usage: ({ billed }) => ({
      input_tokens: billed.promptTokenCount,
      output_tokens: billed.candidatesTokenCount,
    }),
  });
