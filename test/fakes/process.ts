import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What a process needs of a fake. */
interface Running {
  url: string;
  api_key: string;
  assertDone(): void;
  close(): Promise<void>;
}

/**
 * Runs a fake as a process: `node test/fakes/<name>.ts --script steps.json [--port N] [--key K]`. Prints its address as a
 * line of JSON; at SIGTERM or SIGINT says what went otherwise and exits with 1 if anything did. More steps are taken by
 * `POST /_fake/steps`, the state of things is at `GET /_fake/report`.
 */
export async function runAsProcess(
  start: (options: { port: number; api_key: string | undefined; script: never[] }) => Promise<Running>,
): Promise<void> {
  const { values } = parseArgs({
    options: { script: { type: 'string' }, port: { type: 'string' }, key: { type: 'string' } },
  });
  const fake = await start({
    port: Number(values.port ?? 0),
    api_key: values.key,
    script: values.script ? JSON.parse(readFileSync(values.script, 'utf8')) : [],
  });
  console.log(JSON.stringify({ url: fake.url, api_key: fake.api_key }));
  const stop = async () => {
    await fake.close();
    try {
      fake.assertDone();
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    }
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
