import type { JobEvent } from '../../contracts/event.ts';
import type { TestApi } from './setup.ts';

/** A client that follows a stream of events. */
export interface StreamReader {
  ids: number[];
  events: JobEvent[];
  /** reads until an event of this type is there; throws at the end of the stream */
  until(type: JobEvent['type']): Promise<void>;
  /** reads to the end of the stream */
  untilEnd(): Promise<void>;
  close(): Promise<void>;
}

/** Begins to read a stream of the API; live notes are passed over. */
export async function openStream(
  { app }: Pick<TestApi, 'app'>,
  path: string,
  headers: Record<string, string> = {},
): Promise<StreamReader> {
  const response = await app.request(path, { headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const ids: number[] = [];
  const events: JobEvent[] = [];
  let rest = '';
  const more = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (done) return false;
    const frames = (rest + value).split('\n\n');
    rest = frames.pop()!;
    for (const frame of frames) {
      const id = /^id: (\d+)$/m.exec(frame)?.[1];
      if (id === undefined) continue;
      ids.push(Number(id));
      events.push(JSON.parse(/^data: (.*)$/m.exec(frame)![1]!) as JobEvent);
    }
    return true;
  };
  return {
    ids,
    events,
    async until(wanted) {
      while (!events.some(({ type }) => type === wanted)) {
        if (!(await more())) throw new Error(`the stream ended before ${wanted}`);
      }
    },
    async untilEnd() {
      while (await more());
    },
    close: () => reader.cancel(),
  };
}
