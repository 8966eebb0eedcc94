import type { CodingProgress, CodingRun } from '../../contracts/coding-run.ts';
import type { ActivityDeps } from '../deps.ts';
import { createDeltaNotes } from '../model/deltas.ts';
import type { End, Heard } from './drivers/driver.ts';
import type { Meter } from './meter.ts';
import { createTranscript } from './transcript.ts';

/** The beginning of what was said travels through histories. */
const SAID_CHARS = 500;

/** Follows what an assistant says and does in one run. */
export interface Listener {
  hear(heard: Heard): void;
  /** what it said last, whole */
  said(): string;
  /** its conversation; null: it has not said yet */
  session(): string | null;
  /** how it says that it has ended; undefined: it has not */
  end(): End | undefined;
  /** how far it has come; what it said by now is stored then */
  progress(): Promise<CodingProgress>;
  turns(): number;
  tokens(): number;
  /** no more is told live */
  close(): void;
}

/** @param told what is said to it, where that is not its task */
export function createListener(
  deps: Pick<ActivityDeps, 'store' | 'config' | 'publish' | 'mask'>,
  { call, progress }: CodingRun,
  meter: Meter,
  told: string | null,
): Listener {
  const { conversation, turns, tool_calls, tokens } = progress;
  const transcript = createTranscript(deps.store, call.job_id, {
    ...{ previous: conversation, told },
    result_chars: deps.config.tools.result_chars,
  });
  const notes = createDeltaNotes(call, deps.publish, deps.mask);
  let { session } = progress;
  const made = { turns: 0, tool_calls: 0 };
  let said = '';
  let end: End | undefined;
  /** pieces of the text that is coming, which is not told twice */
  let hasPieces = false;

  const allTokens = () => tokens + Object.values(meter.usage()).reduce((sum, count) => sum + count, 0);
  return {
    hear(heard) {
      meter.hear(heard);
      transcript.hear(heard);
      if (heard.type === 'session') session = heard.id;
      if (heard.type === 'turn') made.turns += 1;
      if (heard.type === 'tool_use') made.tool_calls += 1;
      if (heard.type === 'end') end ??= heard.end;
      if (heard.type === 'delta') {
        hasPieces = true;
        notes.add(heard.text);
      }
      if (heard.type !== 'text') return;
      said = heard.text;
      notes.add(hasPieces ? '\n' : `${heard.text}\n`);
      hasPieces = false;
    },
    said: () => said,
    session: () => session,
    end: () => end,
    turns: () => turns + made.turns,
    tokens: allTokens,
    async progress() {
      return {
        session,
        conversation: await transcript.store(),
        turns: turns + made.turns,
        tool_calls: tool_calls + made.tool_calls,
        tokens: allTokens(),
        said: (said || progress.said).slice(0, SAID_CHARS).toWellFormed(),
      };
    },
    close: () => notes.end(),
  };
}
