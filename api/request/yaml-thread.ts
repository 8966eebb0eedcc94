// The thread that a body of YAML is parsed on.
import { parentPort, workerData } from 'node:worker_threads';
import { yamlAsJson } from '../../config/yaml/as-json.ts';
import { readYaml, yamlMistakes } from '../../config/yaml/yaml.ts';

/** A body as JSON text, or why it is none. */
export type YamlRead = { ok: true; json: string } | { ok: false; why: string };

function read(text: string): YamlRead {
  try {
    // the core schema: nothing but what JSON can say
    const document = readYaml(text, { schema: 'core', intAsBigInt: true });
    const [mistake] = yamlMistakes(document);
    if (!mistake) return { ok: true, json: yamlAsJson(document) };
    return { ok: false, why: `${mistake.issue} at line ${mistake.line}, column ${mistake.column}` };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message.split('\n')[0]! : 'it does not parse' };
  }
}

parentPort?.postMessage(read(workerData as string));
