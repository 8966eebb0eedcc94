import { createHub } from './hub.ts';
import type { Page, Subscription } from './messages.ts';

/** Runs the hub for all pages of a browser, as a shared worker. */
const hub = createHub();

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  const page: Page = { send: (message) => port.postMessage(message) };
  port.onmessage = ({ data }: MessageEvent<Subscription>) => hub.subscribe(page, data);
};
