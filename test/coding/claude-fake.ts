import { startFakeAnthropic } from '../fakes/anthropic.ts';
import { type AssistantFake, assistantFake } from './fake.ts';

/** What the tools of an assistant are called, and their arguments. */
interface Tools {
  write(path: string, content: string): { name: string; input: Record<string, unknown> };
  bash: string;
}

/** The Anthropic API, as Claude Code uses it. */
export const claudeFake = (api_key?: string): Promise<AssistantFake> =>
  anthropicFake(
    {
      write: (file_path, content) => ({ name: 'Write', input: { file_path, content } }),
      bash: 'Bash',
    },
    api_key,
  );

/** The same, as opencode uses it. */
export const opencodeFake = (): Promise<AssistantFake> =>
  anthropicFake({
    write: (filePath, content) => ({ name: 'write', input: { filePath, content } }),
    bash: 'bash',
  });

const ERRORS = { 401: 'authentication_error', 429: 'rate_limit_error', 500: 'api_error' };

async function anthropicFake(tools: Tools, api_key?: string): Promise<AssistantFake> {
  let uses = 0;
  const id = () => `toolu_${++uses}`;
  return assistantFake(await startFakeAnthropic({ client: 'claude-code', api_key }), {
    uses: ({ write, command }) => [
      ...(write ? [{ id: id(), ...tools.write(write.path, write.content) }] : []),
      ...(command
        ? [{ id: id(), name: tools.bash, input: { command, description: 'A command of a test' } }]
        : []),
    ],
    errorType: (status) => ERRORS[status],
    usage: ({ billed }) => ({
      input_tokens: billed.input_tokens,
      output_tokens: billed.output_tokens,
      cache_read_tokens: billed.cache_read_input_tokens,
      cache_write_tokens: billed.cache_creation_input_tokens,
    }),
  });
}
