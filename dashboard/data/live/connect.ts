import { createHub } from './hub.ts';
import type { HubMessage, Subscription } from './messages.ts';

/**
 * Connects to the hub that all pages of this browser share; to one of this page's own where there are no shared workers,
 * or the worker does not load.
 * @returns a function that sends the page's subscription
 */
export function connectToHub(onMessage: (message: HubMessage) => void): (subscription: Subscription) => void {
  let last: Subscription = null;
  let send = ownHub(onMessage);
  if (typeof SharedWorker === 'function') {
    const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'orchestrator',
    });
    worker.port.onmessage = ({ data }: MessageEvent<HubMessage>) => onMessage(data);
    send = (subscription) => worker.port.postMessage(subscription);
    worker.onerror = () => {
      worker.port.close();
      send = ownHub(onMessage);
      send(last);
    };
  }
  return (subscription) => {
    last = subscription;
    send(subscription);
  };
}

function ownHub(onMessage: (message: HubMessage) => void): (subscription: Subscription) => void {
  const hub = createHub();
  const page = { send: onMessage };
  return (subscription) => hub.subscribe(page, subscription);
}
