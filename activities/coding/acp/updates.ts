import type { Heard } from '../drivers/driver.ts';
import { list, object, text } from '../drivers/fields.ts';

/** A call of a tool, as far as it has been told. */
export interface ToldCall {
  id: string;
  /** what is called, by a name where one was told */
  tool: string;
  title: string;
  kind: string;
  input: Record<string, unknown>;
  paths: string[];
}

/** What stands in for names and inputs that nobody told. */
const NO_CALL: Omit<ToldCall, 'id'> = { tool: 'tool', title: '', kind: 'other', input: {}, paths: [] };
/** So many calls may be open. */
const MOST_OPEN = 1000;
const TEXT_CHARS = 1_000_000;

/** Makes whole texts and calls of the updates of a conversation. */
export interface Updates {
  /** `ready`: a call that it tells is complete */
  hear(update: Record<string, unknown>, ready?: boolean): Heard[];
  /** the call that leave is asked for */
  call(asked: Record<string, unknown>): ToldCall;
  /** what is left over when it has ended */
  end(): Heard[];
}

/** @param countsTurns tells of an answer of its model wherever one must have begun */
export function createUpdates(countsTurns: boolean): Updates {
  const calls = new Map<string, ToldCall & { told: boolean }>();
  let message: { id: string | undefined; text: string } | null = null;
  let answering = false;

  const flush = (): Heard[] => {
    const said = message?.text ?? '';
    message = null;
    return said === '' ? [] : [{ type: 'text', text: said }];
  };
  const answers = (): Heard[] => {
    if (answering || !countsTurns) return [];
    answering = true;
    return [{ type: 'turn' }];
  };
  const chunk = ({ content, messageId }: Record<string, unknown>): Heard[] => {
    const piece = text(object(content).text);
    if (!piece) return [];
    const id = text(messageId);
    const before = message !== null && message.id !== id ? flush() : [];
    message ??= { id, text: '' };
    if (message.text.length < TEXT_CHARS) message.text += piece;
    return [...before, ...answers(), { type: 'delta', text: piece }];
  };
  const toolCall = (update: Record<string, unknown>, ready: boolean): Heard[] => {
    const id = text(update.toolCallId);
    if (!id) return [];
    const known = calls.get(id);
    if (!known && calls.size >= MOST_OPEN) return [];
    const call = { told: false, ...merge(known ?? { id, ...NO_CALL }, update) };
    calls.set(id, call);
    const heard = [...flush(), ...answers()];
    const status = text(update.status);
    const isOver = status === 'completed' || status === 'failed';
    if (!call.told && (ready || isOver || status === 'in_progress')) {
      call.told = true;
      heard.push({ type: 'tool_use', id, name: call.tool, input: shownInput(call) });
    }
    if (!isOver) return heard;
    calls.delete(id);
    answering = false;
    const content = contentOf(update);
    return [...heard, { type: 'tool_result', id, content, is_error: status === 'failed' }];
  };
  return {
    hear(update, ready = false) {
      switch (update.sessionUpdate) {
        case 'agent_message_chunk':
          return chunk(update);
        case 'tool_call':
        case 'tool_call_update':
          return toolCall(update, ready);
        default:
          return [];
      }
    },
    call({ toolCall: asked }) {
      const id = text(object(asked).toolCallId) ?? '';
      return calls.get(id) ?? merge({ id, ...NO_CALL }, object(asked));
    },
    end: flush,
  };
}

/** What an update adds to what is known of a call: the name of the tool is the one that was told first. */
function merge<C extends ToldCall>(known: C, update: Record<string, unknown>): C {
  const kind = text(update.kind) ?? known.kind;
  const title = text(update.title) ?? known.title;
  const named = text(update.name) ?? (known.title === '' && isName(title) ? title : undefined);
  const input = object(update.rawInput);
  const paths = list(update.locations).flatMap((one) => text(object(one).path) ?? []);
  return {
    ...known,
    ...{ kind, title },
    tool: named ?? (known.tool === NO_CALL.tool ? kind : known.tool),
    input: Object.keys(input).length > 0 ? input : known.input,
    paths: paths.length > 0 ? paths : known.paths,
  };
}

const isName = (title: string): boolean => /^[\w.-]{1,64}$/.test(title);

/** Some tell only a title of what they do. */
export const shownInput = ({ input, title, paths }: ToldCall): Record<string, unknown> =>
  Object.keys(input).length > 0 ? input : { title, ...(paths.length > 0 ? { paths } : {}) };

function contentOf({ content, rawOutput }: Record<string, unknown>): string {
  const parts = list(content).flatMap((given) => {
    const part = object(given);
    if (part.type === 'diff') return `changed ${text(part.path) ?? 'a file'}`;
    return text(object(part.content).text) ?? [];
  });
  return parts.length > 0 ? parts.join('\n') : (text(object(rawOutput).output) ?? text(rawOutput) ?? '');
}
