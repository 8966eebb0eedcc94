import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { countTokens, firstTokens } from './tokens.ts';

/** The text that a step replies, cut where the request allows no more tokens. */
export function textWithin(
  { text, json }: { text?: string | undefined; json?: unknown },
  max_tokens: number,
): { text: string; cut: boolean } {
  const whole = text ?? (json === undefined ? '' : JSON.stringify(json));
  const cut = countTokens(whole) > max_tokens;
  return { text: cut ? firstTokens(whole, max_tokens) : whole, cut };
}

/** Sends a text in pieces, while the client listens. */
export async function sendPieces(
  response: ServerResponse,
  text: string,
  pause_ms: number,
  send: (piece: string) => void,
): Promise<void> {
  for (const piece of text.match(/.{1,40}/gsu) ?? []) {
    if (response.destroyed) break;
    send(piece);
    if (pause_ms) await sleep(pause_ms);
  }
}

/** Ends the connection, as soon as the text before is on its way. */
export async function resetAfter(response: ServerResponse, text: string | undefined): Promise<void> {
  if (text !== undefined) await new Promise<void>((done) => void response.write('\n', () => done()));
  response.destroy();
}
