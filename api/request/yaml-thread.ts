// The thread that a body of YAML is parsed on.
import { parentPort, workerData } from 'node:worker_threads';
import { readYaml } from '../../config/yaml/yaml.ts';

declare global {
  interface JSON {
    /** A number with the digits that `text` has, for JSON.stringify. Node has it; TypeScript does not know it yet. */
    rawJSON(text: string): object;
  }
}

/** A body as JSON text, or why it is none. */
export type YamlRead = { ok: true; json: string } | { ok: false; why: string };

function read(text: string): YamlRead {
  try {
    // the core schema and few aliases: nothing but what JSON can say, and no bombs
    const document = readYaml(text, { schema: 'core', prettyErrors: true, intAsBigInt: true });
    const [error] = document.errors;
    if (error) return { ok: false, why: error.message.split('\n')[0]! };
    return { ok: true, json: JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? {}, asWritten) };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message.split('\n')[0]! : 'it does not parse' };
  }
}

/** Whole numbers keep their digits: whoever reads the text says which of them would be rounded. */
const asWritten = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value;

parentPort?.postMessage(read(workerData as string));
