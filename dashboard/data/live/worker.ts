import { createHub } from './hub.ts';
import type { Line, Wish } from './words.ts';

/** Runs the hub for all pages of a browser, as a shared worker. */
const hub = createHub();

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  const line: Line = { tell: (told) => port.postMessage(told) };
  port.onmessage = ({ data }: MessageEvent<Wish>) => hub.wish(line, data);
};
