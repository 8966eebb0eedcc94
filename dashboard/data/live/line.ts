import { createHub } from './hub.ts';
import type { Told, Wish } from './words.ts';

/**
 * A line to the hub that all pages of this browser share; to one of this page alone where there are no shared workers,
 * or the worker does not load.
 * @returns what takes the page's wishes
 */
export function openLine(hear: (told: Told) => void): (wish: Wish) => void {
  let last: Wish = null;
  let send = alone(hear);
  if (typeof SharedWorker === 'function') {
    const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'orchestrator',
    });
    worker.port.onmessage = ({ data }: MessageEvent<Told>) => hear(data);
    send = (wish) => worker.port.postMessage(wish);
    worker.onerror = () => {
      worker.port.close();
      send = alone(hear);
      send(last);
    };
  }
  return (wish) => {
    last = wish;
    send(wish);
  };
}

function alone(hear: (told: Told) => void): (wish: Wish) => void {
  const hub = createHub();
  const line = { tell: hear };
  return (wish) => hub.wish(line, wish);
}
