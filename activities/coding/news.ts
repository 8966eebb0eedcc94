import type { CodingProgress } from '../../contracts/coding-run.ts';

/** The first news wait so long for others, in milliseconds; each time longer, so that long histories stay short. */
const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
const GROWTH = 1.5;

/** Tells of progress, ever more rarely. */
export interface News {
  /** there is something new */
  changed(): void;
  /** tells it now */
  tell(): Promise<void>;
  /** tells nothing any more */
  end(): void;
}

/** @param send tells how far it has come; never throws */
export function createNews(
  progress: () => Promise<CodingProgress>,
  send: (now: CodingProgress) => Promise<void>,
): News {
  let pause = FIRST_MS;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();
  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    sending = sending.then(async () => send(await progress())).catch(() => undefined);
    return sending;
  };
  return {
    tell,
    changed() {
      timer ??= setTimeout(tell, pause);
      pause = Math.min(LONGEST_MS, pause * GROWTH);
    },
    end: () => clearTimeout(timer),
  };
}
