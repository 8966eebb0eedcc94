import type { Price } from '../../contracts/money.ts';

/** What an answer of the model has an assistant do. */
export interface Answer {
  text?: string;
  /** by its own tools */
  write?: { path: string; content: string };
  command?: string;
  pause_ms?: number;
}

/** A scripted fake of the provider whose models an assistant asks. */
export interface AssistantFake {
  url: string;
  /** an answer to a request whose prompt has this text, once so many answers were given in its conversation; null: however many */
  expect(about: string, turn: number | null, answer: Answer, times?: number): void;
  /** the same, which is turned away */
  refuse(about: string, status: 401 | 429 | 500): void;
  /** the same, which is begun and never ended */
  hang(about: string, text: string): void;
  /** requests to the model, by their body as JSON */
  calls(): string[];
  unexpected(): string[];
  /** what its bill says, in USD */
  billedUsd(): number;
  assertDone(): void;
  close(): Promise<void>;
}

/** The model that tests name, with prices that are easy to reckon with: USD per million tokens. */
export const MODEL = 'claude-sonnet-5';
export const PRICE: Price = {
  input_usd: 3,
  output_usd: 15,
  cache_read_usd: 0.3,
  cache_write_usd: 3.75,
  source: 'test',
};
