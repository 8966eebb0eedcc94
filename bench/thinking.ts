import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type FakeAnthropic, startFakeAnthropic } from '../test/fakes/anthropic.ts';
import { findTemporal } from '../toolchain/temporal.ts';
import { type Api, apiAt, byLongPoll } from './api.ts';
import { ownEnv, startProduct, writeSettings } from './product.ts';

/** What the fake provider lets through. */
export const LIMIT = { requests_per_second: 10, tokens_per_second: 20_000 };

/** Models of which one has the limit in the config, and the other what the provider's headers say. */
export const MODELS = { given: 'claude-sonnet-5', learned: 'claude-haiku-4-5-20251001' } as const;

/** An agent with a short prompt and the tools that every agent has. */
export const SHORT_AGENT = 'short';

/** The product with agents that think, over a fake of the Anthropic API in this process. */
export interface Thinking {
  api: Api;
  fake: FakeAnthropic;
  stop(): Promise<void>;
}

/** Starts the one-machine mode in a temporary folder with a key, so that its agents ask the fake. */
export async function startThinking(onProgress: (line: string) => void): Promise<Thinking> {
  const { path } = await findTemporal({ onProgress });
  const fake = await startFakeAnthropic({ rate_limit: LIMIT });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-bench-')));
  const product = startProduct(folder, {
    ...ownEnv(dirname(path), folder),
    ORCHESTRATOR_CONFIG: writeAgentAndSettings(folder),
    ANTHROPIC_API_KEY: fake.api_key,
    ANTHROPIC_BASE_URL: fake.url,
  });
  const stop = async () => {
    await product.stop();
    await fake.close();
  };
  try {
    const addresses = await product.up();
    const connection = await Connection.connect({ address: addresses.temporal_address });
    const client = new Client({ connection, namespace: addresses.namespace });
    return {
      api: apiAt(addresses.api_url, byLongPoll(client)),
      fake,
      async stop() {
        await connection.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeAgentAndSettings(folder: string): string {
  const agent = `---
name: ${SHORT_AGENT}
description: An agent of the benchmark.
tools: []
---
You do one task at a time, and you do it well.
`;
  mkdirSync(join(folder, 'agents'));
  writeFileSync(join(folder, 'agents', `${SHORT_AGENT}.md`), agent);
  return writeSettings(folder, { rate_limits: { [`anthropic/${MODELS.given}`]: LIMIT } });
}
