import type { AnthropicSettings } from '../../providers/anthropic.ts';
import { createAnthropic } from '../../providers/anthropic.ts';
import { createOpenAiCompatible } from '../../providers/openai.ts';
import { FLAVOURS } from '../../providers/openai-flavours.ts';
import type { Provider } from '../../providers/types.ts';
import { startFakeAnthropic } from '../fakes/anthropic.ts';
import type { StepInput as AnthropicStep } from '../fakes/anthropic-script.ts';
import { startFakeOpenAi } from '../fakes/openai.ts';
import type { StepInput as OpenAiStep } from '../fakes/openai-script.ts';

/** A provider under test with the fake that it calls. */
export interface Subject {
  provider(settings?: Partial<AnthropicSettings>): Provider;
  fake: {
    api_key: string;
    calls: { body: { model: string }; aborted: boolean }[];
    unexpected: string[];
    assertDone(): void;
    close(): Promise<void>;
  };
  expect(...steps: NeutralStep[]): void;
}

/** A step of the fake's script, in no wire format's own words. */
export interface NeutralStep {
  system_includes?: string;
  prompt_includes?: string | string[];
  structured?: boolean;
  turn?: number;
  tools?: string[];
  reply: NeutralMessage | Exclude<OpenAiStep['reply'], { type: 'message' | 'raw_error' }>;
}

interface NeutralMessage {
  type: 'message';
  text?: string;
  json?: unknown;
  tool_use?: { id?: string; name: string; input: Record<string, unknown> }[];
  ended?: 'max_tokens' | 'refusal';
  usage?: { input: number; output: number; read: number };
  headers?: Record<string, string>;
}

export const MODELS = {
  anthropic: 'claude-sonnet-5',
  openai: 'gpt-6-sol',
  gemini: 'gemini-3.8-flash',
  ollama: 'llama3.2:latest',
} as const;
export type SubjectName = keyof typeof MODELS;

/** A fake of the provider's API with an empty script. */
export async function startSubject(name: SubjectName): Promise<Subject> {
  if (name === 'anthropic') {
    const fake = await startFakeAnthropic();
    return {
      fake,
      provider: (settings) => createAnthropic({ api_key: fake.api_key, base_url: fake.url, ...settings }),
      expect: (...steps) => fake.expect(...steps.map(toAnthropic)),
    };
  }
  const fake = await startFakeOpenAi({ flavour: name });
  return {
    fake,
    provider: (settings) =>
      createOpenAiCompatible(FLAVOURS[name], { api_key: fake.api_key, base_url: fake.base_url, ...settings }),
    expect: (...steps) => fake.expect(...steps.map(toOpenAi)),
  };
}

/** Every message thinks first, so that thinking is always there to be kept. */
function toAnthropic({ reply, ...step }: NeutralStep): AnthropicStep {
  if (reply.type !== 'message') return { ...step, reply };
  const { ended, usage, ...message } = reply;
  return {
    ...step,
    reply: {
      ...message,
      thinking: 'Let me see.',
      ...(ended ? { stop_reason: ended } : {}),
      ...(usage
        ? {
            usage: {
              input_tokens: usage.input,
              output_tokens: usage.output,
              cache_read_input_tokens: usage.read,
              cache_creation_input_tokens: 0,
            },
          }
        : {}),
    },
  };
}

function toOpenAi({ reply, ...step }: NeutralStep): OpenAiStep {
  if (reply.type !== 'message') return { ...step, reply };
  const { ended, usage, text, ...message } = reply;
  return {
    ...step,
    reply: {
      ...message,
      ...(ended === 'refusal' ? { refusal: text } : { text }),
      ...(ended === 'max_tokens' ? { finish_reason: 'length' as const } : {}),
      ...(usage
        ? {
            usage: {
              prompt_tokens: usage.input + usage.read,
              completion_tokens: usage.output,
              total_tokens: usage.input + usage.read + usage.output,
              prompt_tokens_details: { cached_tokens: usage.read },
            },
          }
        : {}),
    },
  };
}
