import type { Block, Message } from '../../contracts/conversation.ts';
import { tooDeep } from '../../core/text/json-depth.ts';
import { extendConversation } from '../../store/content/conversations.ts';
import type { Store } from '../../store/index.ts';
import type { Heard } from './drivers/driver.ts';

/** A text of an assistant is kept up to here, in characters. */
const TEXT_CHARS = 100_000;
/** What it gives a tool, in characters of JSON. */
const INPUT_CHARS = 100_000;
/** All of one run; what comes then is in the file of its output only. */
const RUN_CHARS = 20_000_000;

/** Keeps what an assistant says and does as a conversation, like that of an agent that thinks with a model. */
export interface Transcript {
  hear(heard: Heard): void;
  /** Stores what is new; gives the conversation that ends with it, null where nothing was ever said. */
  store(): Promise<string | null>;
}

/**
 * @param previous what was said before
 * @param told what is said to it now; null: its task
 * @param result_chars of what a tool gave
 */
export function createTranscript(
  store: Pick<Store, 'putContent'>,
  job_id: string,
  given: { previous: string | null; told: string | null; result_chars: number },
): Transcript {
  const { told, result_chars } = given;
  let { previous } = given;
  let messages: Message[] =
    told === null ? [] : [{ role: 'user', content: [{ type: 'text', text: clip(told, TEXT_CHARS) }] }];
  let chars = 0;
  let storing: Promise<unknown> = Promise.resolve();

  const add = (role: Message['role'], block: Block, size: number) => {
    if (chars > RUN_CHARS) return;
    chars += size;
    const shown: Block = chars > RUN_CHARS ? { type: 'text', text: NOT_KEPT } : block;
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(shown);
    else messages.push({ role, content: [shown] });
  };
  const storeNew = async () => {
    if (messages.length === 0) return previous;
    const segment = { previous, summary_of: null, messages };
    messages = [];
    previous = await extendConversation(store, job_id, segment);
    return previous;
  };
  return {
    hear(heard) {
      if (heard.type === 'text') {
        const text = clip(heard.text, TEXT_CHARS);
        add('assistant', { type: 'text', text }, text.length);
      }
      if (heard.type === 'tool_use') {
        const { id, name } = heard;
        const { input, size } = shownInput(heard.input);
        add('assistant', { type: 'tool_use', id: clip(id, 200), name: clip(name, 200), input }, size);
      }
      if (heard.type === 'tool_result') {
        const { id, is_error } = heard;
        const content = clip(heard.content, result_chars);
        add('user', { type: 'tool_result', tool_use_id: clip(id, 200), content, is_error }, content.length);
      }
    },
    store() {
      // one after the other: each names the one before
      const stored = storing.then(storeNew);
      storing = stored.catch(() => undefined);
      return stored;
    },
  };
}

const NOT_KEPT = '[The rest of this run is not kept here: it was too long.]';

function clip(text: string, chars: number): string {
  const whole = text.toWellFormed();
  return whole.length <= chars
    ? whole
    : `${whole.slice(0, chars).toWellFormed()}\n[${whole.length - chars} characters left out]`;
}

function shownInput(input: Record<string, unknown>): { input: Record<string, unknown>; size: number } {
  const json = tooDeep(input) ? null : JSON.stringify(input);
  if (json !== null && json.length <= INPUT_CHARS) return { input, size: json.length };
  return { input: { left_out: json === null ? 'nested too deep' : `${json.length} characters` }, size: 100 };
}
