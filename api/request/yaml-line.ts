import { onThread, ThreadStopped } from '../../config/thread.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { YamlRead } from './yaml-thread.ts';

const YAML_THREAD = new URL('./yaml-thread.ts', import.meta.url);
/** The start of the thread included. */
const YAML_SECONDS = 2;
/** So many bodies of one client wait for their turn. */
const MAX_WAITING = 2;

let line: Promise<unknown> = Promise.resolve();
const waiting = new Map<string, number>();

/**
 * Parses YAML on a thread, one body after another: some texts of a few hundred bytes keep the parser busy for ever.
 * Throws a ProblemError, `rate_limited`, where enough of the client's wait already.
 * @param client whose turn it takes
 * @param gone aborted when nobody waits for it any more
 */
export async function readYamlInLine(text: string, client: string, gone: AbortSignal): Promise<YamlRead> {
  const before = waiting.get(client) ?? 0;
  if (before >= MAX_WAITING) {
    const message = `${MAX_WAITING} of your YAML bodies are waiting to be read; send this one again in a moment, or as JSON.`;
    throw new ProblemError({ code: 'rate_limited', message });
  }
  waiting.set(client, before + 1);
  const read = line.then(() => {
    leave(client);
    return onThread<YamlRead>(YAML_THREAD, text, { seconds: YAML_SECONDS, signal: gone });
  });
  line = read.catch(() => undefined);
  return await read.catch((error: unknown): YamlRead => {
    if (error instanceof ThreadStopped) return { ok: false, why: `${error.message}; send it as JSON` };
    if (gone.aborted) return { ok: false, why: 'it was not waited for' };
    throw error;
  });
}

function leave(client: string): void {
  const left = (waiting.get(client) ?? 1) - 1;
  if (left > 0) waiting.set(client, left);
  else waiting.delete(client);
}
