import type { WireUsage } from './anthropic-script.ts';
import type { MessagesRequest } from './anthropic-wire.ts';
import { createPromptCache, type PromptPart } from './tokens.ts';

/** Counts what requests take in, with a prompt cache that remembers marked prefixes. */
export function createTokenCounter(): (body: MessagesRequest) => WireUsage {
  const cache = createPromptCache();
  return (body) => {
    const { fresh, read, written } = cache(body.model, partsOf(body));
    return {
      input_tokens: fresh,
      output_tokens: 0,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: written,
    };
  };
}

/** The prompt in the order that the API puts it in: tools, system prompt, messages. */
function partsOf({ tools = [], system = [], messages, output_config }: MessagesRequest): PromptPart[] {
  const toBlocks = (content: string | object[]): object[] =>
    typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const last = output_config ? [toPart('', output_config)] : [];
  return [
    ...tools.map((tool) => toPart('', tool)),
    ...toBlocks(system).map((block) => toPart('', block)),
    ...messages.flatMap(({ role, content }) => toBlocks(content).map((block) => toPart(role, block))),
    ...last,
  ];
}

function toPart(role: string, block: object): PromptPart {
  const { cache_control, ...rest }: { cache_control?: object } = { ...block };
  return { text: `${role}${JSON.stringify(rest)}`, marked: cache_control !== undefined };
}
